//! `{{ env.X }}`: a text that holds it anywhere becomes the variable's value as a whole, as in Robusta. Unlike there it is
//! looked for in lists too.

use std::rc::Rc;
use std::sync::LazyLock;

use squall_expression::regex::{Flags, Pattern};
use squall_expression::value::Value;
use squall_expression::yaml::{Kind, Node, Pair};

use crate::fields::join;
use crate::report::{Fault, Report};

/// Looks up a variable of the environment in which the playbooks run.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// As it is there: greedy, so that two in one line are one with an odd name.
static MARK: LazyLock<Option<Pattern>> =
    LazyLock::new(|| Pattern::new(r"{{[ ]*env\.(.*)[ ]*}}", Flags::default()).ok());

/// The same with all marks in it replaced; a variable that is not there is an error and its text stays.
pub(super) fn fill(
    node: &Rc<Node>,
    key: &str,
    environment: Environment<'_>,
    report: &mut Report,
) -> Rc<Node> {
    let kind = match &node.kind {
        Kind::Dict(pairs) => {
            let filled = pairs.iter().map(|pair| Pair {
                key: Rc::clone(&pair.key),
                value: fill(&pair.value, &join(key, &pair.name()), environment, report),
            });
            Kind::Dict(filled.collect())
        }
        Kind::List(items) => {
            let filled = items
                .iter()
                .enumerate()
                .map(|(index, item)| fill(item, &format!("{key}[{index}]"), environment, report));
            Kind::List(filled.collect())
        }
        Kind::Scalar(Value::Str(text)) => match variable(text) {
            Some((name, is_alone)) => match value_of(&name, environment) {
                Ok(value) => {
                    if !is_alone {
                        let hint = "put all of the text into the variable".to_owned();
                        let message =
                            format!("is the value of `{name}` only: what stands around it is lost");
                        report.warning(Some(node), key, Fault::with_hint(message, hint));
                    }
                    Kind::Scalar(Value::text(value))
                }
                Err(fault) => {
                    report.error(Some(node), key, fault);
                    return Rc::clone(node);
                }
            },
            None => return Rc::clone(node),
        },
        Kind::Scalar(_) | Kind::Set(_) | Kind::Pairs(_) => return Rc::clone(node),
    };
    Rc::new(Node {
        line: node.line,
        column: node.column,
        kind,
    })
}

/// The name in the first mark of a text, and whether the text is nothing else.
fn variable(text: &str) -> Option<(String, bool)> {
    if !text.contains("env.") {
        return None;
    }
    let found = MARK.as_ref()?.search(text).ok().flatten()?;
    let is_alone = found.span() == (0, text.len());
    Some((found.group(1)?.trim().to_owned(), is_alone))
}

fn value_of(name: &str, environment: Environment<'_>) -> Result<String, Fault> {
    if name.contains("}}") {
        let hint = "a text has room for one: the variable's value stands for all of it".to_owned();
        return Err(Fault::with_hint(
            "names two variables of the environment",
            hint,
        ));
    }
    let value = environment(name).filter(|value| !value.is_empty());
    value.ok_or_else(|| {
        Fault::with_hint(
            format!("the environment has no `{name}`"),
            "set the variable where Squall is started; it must not be empty".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(yaml: &str) -> String {
        let document = squall_expression::yaml::parse(yaml).unwrap();
        let environment = |name: &str| match name {
            "A" => Some("{{ env.B }}".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let mut report = Report::on("p.yaml");
        let node = fill(&document.root, "", &environment, &mut report);
        let told = report.problems.iter().map(|problem| format!("\n{problem}"));
        format!("{}{}", node.to_json(), told.collect::<String>())
    }

    #[test]
    fn the_value_stands_for_the_whole_text_and_is_not_filled_again() {
        assert_eq!(
            filled("{a: 'x {{env.A}} y', b: [{c: '{{  env. A   }}'}], d: '{ env.A }'}"),
            "{\"a\":\"{{ env.B }}\",\"b\":[{\"c\":\"{{ env.B }}\"}],\"d\":\"{ env.A }\"}\
             \nwarning: p.yaml:1:5: a: is the value of `A` only: what stands around it is lost (put all of the text into the variable)"
        );
    }

    #[test]
    fn a_variable_that_is_missing_or_empty_is_told_with_its_place() {
        assert_eq!(
            filled("a:\n- '{{env.EMPTY}}'\n- b: '{{env.GONE}}'\n- '{{env.A}} {{env.A}}'\n"),
            "{\"a\":[\"{{env.EMPTY}}\",{\"b\":\"{{env.GONE}}\"},\"{{env.A}} {{env.A}}\"]}\
             \nerror: p.yaml:2:3: a[0]: the environment has no `EMPTY` (set the variable where Squall is started; it must not be empty)\
             \nerror: p.yaml:3:6: a[1].b: the environment has no `GONE` (set the variable where Squall is started; it must not be empty)\
             \nerror: p.yaml:4:3: a[2]: names two variables of the environment (a text has room for one: the variable's value stands for all of it)"
        );
    }
}
