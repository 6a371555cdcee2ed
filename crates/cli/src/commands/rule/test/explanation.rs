//! What `squall rule test` tells of each criterion.

use std::io;

use serde_json::json;
use squall_engine::rule::{Criteria, Explained};
use squall_model::{Json, Object, Timestamp};

use crate::console::{Console, Paint};
use crate::decide::Datastore;

/// What came of asking each criterion; nothing if that cannot be told.
pub(super) fn of(
    criteria: &Object,
    payload: &Json,
    datastore: &Datastore,
    now: Timestamp,
) -> Vec<Explained> {
    let criteria = Criteria::new(criteria);
    datastore
        .decide(now, |facts| criteria.explain(payload, facts))
        .unwrap_or_default()
}

/// The same for programs.
pub(super) fn json(all: &[Explained]) -> Json {
    let one = |one: &Explained| {
        let raised = one.raised.first();
        json!({
            "key": one.key,
            "asks": one.asks,
            "pattern": one.pattern,
            "found": one.value,
            "holds": one.holds,
            "asked": one.is_asked,
            "error": raised.map(|raised| format!("{} ({})", raised.message, raised.class)),
            "items": one.items.iter().map(|item| json(item)).collect::<Json>(),
        })
    };
    all.iter().map(one).collect()
}

/// Writes a line for each criterion, and for each of each item that a search looks at.
pub(super) fn write(console: &mut Console, all: &[Explained]) -> io::Result<()> {
    all.iter().try_for_each(|one| write_one(console, one, "  "))
}

fn write_one(console: &mut Console, one: &Explained, indent: &str) -> io::Result<()> {
    let (word, paint) = match (one.is_asked, one.holds, one.raised.is_empty()) {
        (false, true, _) => ("would hold", Paint::Dim),
        (false, false, _) => ("would not", Paint::Dim),
        (true, true, _) => ("holds", Paint::Green),
        (true, false, true) => ("does not", Paint::Yellow),
        (true, false, false) => ("error", Paint::Red),
    };
    let word = console.paint(paint, &format!("{word:<10}"));
    let mut line = format!("{indent}{word}  {} {}", one.key, one.asks);
    if let Some(pattern) = &one.pattern {
        line.extend([" = ", pattern]);
    }
    if let Some(value) = &one.value {
        line.extend([": found ", value]);
    }
    if let Some(raised) = one.raised.first() {
        line.extend(["; ", &raised.message, " (", raised.class, ")"]);
    }
    console.line(line)?;
    for (place, item) in one.items.iter().enumerate() {
        console.line(format!("{indent}  item {place}"))?;
        let deeper = format!("{indent}    ");
        item.iter()
            .try_for_each(|child| write_one(console, child, &deeper))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::paper::written;

    #[test]
    fn each_criterion_has_a_line() {
        let criteria = json!({
            "trigger.host": {"type": "startswith", "pattern": "{{ st2kv.system.prefix | string }}"},
            "trigger.alerts": {"type": "search", "condition": "any", "pattern": {
                "item.name": {"type": "eq", "pattern": "disk"},
                "item.level": {"type": "gt", "pattern": 3},
            }},
            "trigger.count": {"type": "lt", "pattern": 5},
            "trigger.host#2": {"type": "exists", "pattern": true},
        });
        let payload = json!({
            "host": "web01",
            "alerts": [{"name": "cpu", "level": 9}, {"name": "disk", "level": "high"}],
            "count": 4,
        });
        let keys = json!({"prefix": "web"});
        let datastore = Datastore::of_system(keys.as_object().cloned().unwrap());
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let told = of(criteria.as_object().unwrap(), &payload, &datastore, now);
        let text = written(|console| write(console, &told));
        let mixed = "There might be a problem with the criteria: '>' not supported between instances of 'str' and 'int' (TypeError)";
        let expected = format!(
            "  holds       trigger.host startswith {{{{ st2kv.system.prefix | string }}}} = 'web': found 'web01'
  error       trigger.alerts search (any): found [{{'name': 'cpu', 'level': 9}}, {{'name': 'disk', 'level': 'high'}}]; {mixed}
    item 0
      does not    item.name eq \"disk\": found 'cpu'
      holds       item.level gt 3: found 9
    item 1
      holds       item.name eq \"disk\": found 'disk'
      error       item.level gt 3: found 'high'; {mixed}
  would hold  trigger.count lt 5: found 4
  would hold  trigger.host#2 exists true: found 'web01'
"
        );
        assert_eq!(text, expected);
        let for_programs = json(&told);
        assert_eq!(for_programs[0]["found"], "'web01'");
        assert_eq!(for_programs[1]["items"][1][0]["holds"], true);
    }
}
