//! How many characters a part of a pattern can match, and what else is known of it beforehand.

use super::syntax::{Node, Place, RepeatKind};

/// The least and the most characters.
pub(super) type Width = (u64, u64);

/// The width of a part; `groups` are the widths of the groups read so far.
pub(super) fn width(node: &Node, groups: &[Option<Width>]) -> Width {
    match node {
        Node::Literal(..) | Node::Any(_) | Node::Class(_) => (1, 1),
        Node::Place(_) | Node::Look(..) => (0, 0),
        Node::Concat(parts) => parts.iter().fold((0, 0), |sum, part| {
            let part = width(part, groups);
            (sum.0.saturating_add(part.0), sum.1.saturating_add(part.1))
        }),
        Node::Alternate(parts) => parts
            .iter()
            .map(|part| width(part, groups))
            .reduce(either)
            .unwrap_or((0, 0)),
        Node::Capture(_, inner) | Node::Atomic(inner) => width(inner, groups),
        Node::Reference(group, _) => groups
            .get(*group)
            .copied()
            .flatten()
            .unwrap_or((0, u64::MAX)),
        Node::Conditional(_, branches) => {
            either(width(&branches.0, groups), width(&branches.1, groups))
        }
        Node::Repeat(repeat, inner) => {
            let (least, most) = width(inner, groups);
            let bound = repeat.most.map_or(u64::MAX, u64::from);
            let most = if most == 0 {
                0
            } else {
                most.saturating_mul(bound)
            };
            (least.saturating_mul(repeat.least.into()), most)
        }
    }
}

const fn either(one: Width, two: Width) -> Width {
    (
        if one.0 < two.0 { one.0 } else { two.0 },
        if one.1 > two.1 { one.1 } else { two.1 },
    )
}

/// Whether an engine without backtracking can run it.
pub(super) fn is_regular(node: &Node) -> bool {
    match node {
        Node::Literal(..) | Node::Any(_) | Node::Class(_) | Node::Place(_) => true,
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().all(is_regular),
        Node::Capture(_, inner) => is_regular(inner),
        Node::Repeat(repeat, inner) => repeat.kind != RepeatKind::Possessive && is_regular(inner),
        Node::Atomic(_) | Node::Look(..) | Node::Reference(..) | Node::Conditional(..) => false,
    }
}

/// Whether any part of the pattern is so.
pub(super) fn any(node: &Node, test: &dyn Fn(&Node) -> bool) -> bool {
    if test(node) {
        return true;
    }
    match node {
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(|part| any(part, test)),
        Node::Capture(_, inner)
        | Node::Atomic(inner)
        | Node::Look(_, inner)
        | Node::Repeat(_, inner) => any(inner, test),
        Node::Conditional(_, branches) => any(&branches.0, test) || any(&branches.1, test),
        Node::Literal(..)
        | Node::Any(_)
        | Node::Class(_)
        | Node::Place(_)
        | Node::Reference(..) => false,
    }
}

/// Whether it may match nothing where it could also have matched something, as `a*?` and `|a` do.
pub(super) fn prefers_empty(node: &Node) -> bool {
    any(node, &|part| match part {
        Node::Repeat(repeat, _) => repeat.kind == RepeatKind::Lazy,
        Node::Alternate(parts) => parts
            .split_last()
            .is_some_and(|(_, before)| before.iter().any(|part| width(part, &[]).0 == 0)),
        Node::Atomic(_) | Node::Look(..) | Node::Conditional(..) | Node::Reference(..) => true,
        _ => false,
    })
}

/// Whether a single step of an engine that backtracks may go through all of the text: it compares with what a group
/// matched, or runs a part without bound that it never goes back into, such as that of a look-around or the last one.
pub(super) fn scans(node: &Node) -> bool {
    let is_long = |node: &Node| {
        any(node, &|part| {
            matches!(part, Node::Repeat(..)) && is_wide(part)
        })
    };
    let within = |part: &Node| match part {
        Node::Reference(..) => true,
        Node::Atomic(inner) | Node::Look(_, inner) => is_long(inner),
        Node::Repeat(repeat, inner) => {
            repeat.kind == RepeatKind::Possessive && (is_wide(part) || is_long(inner))
        }
        _ => false,
    };
    any(node, &within) || ends_long(node)
}

/// Whether it can match more than a few characters.
fn is_wide(node: &Node) -> bool {
    width(node, &[]).1 > 64
}

/// Whether what it ends with can match more than a few characters.
fn ends_long(node: &Node) -> bool {
    match node {
        Node::Concat(parts) => parts.last().is_some_and(ends_long),
        Node::Alternate(parts) => parts.iter().any(ends_long),
        Node::Capture(_, inner) => ends_long(inner),
        Node::Conditional(_, branches) => ends_long(&branches.0) || ends_long(&branches.1),
        other => is_wide(other),
    }
}

/// Whether it asks for `$` in its special sense: before a line end that ends the text.
pub(super) fn looks_before_last_line_end(node: &Node) -> bool {
    any(node, &|part| *part == Node::Place(Place::NearTextEnd))
}

/// Whether it asks for word boundaries.
pub(super) fn has_boundary(node: &Node) -> bool {
    any(node, &|part| {
        matches!(part, Node::Place(Place::Boundary { .. }))
    })
}
