//! `/rules`: when these events, under these conditions, do that.

use std::sync::Arc;

use http::Method;
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::record::ResourceKind;
use squall_model::rule::Rule;
use squall_model::{Json, mask};
use squall_server::registry::{Loaded, Registration};

use super::fault::Fault;
use super::page::{self, Attributes, Filter, Lists};
use super::{reply, shape};
use crate::about::{ATTRIBUTES, Kind, SECRETS, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

/// What lists of rules can be sorted by.
const SORTABLE: [&str; 4] = ["id", "name", "pack", "enabled"];

pub(super) fn routes() -> Routes {
    route(Method::GET, "/rules", Permission::RuleList, list)
        .says(
            about("Lists rules.")
                .lists("Rule")
                .query(ATTRIBUTES)
                .query(SECRETS)
                .query(&[("enabled", Kind::Flag)])
                .texts(&["name", "pack", "action", "trigger", "user"]),
        )
        .merge(
            route(Method::POST, "/rules", Permission::RuleCreate, create)
                .says(about("Makes a rule.").takes("RuleDocument").makes("Rule")),
        )
        .merge(
            route(Method::GET, "/rules/views", Permission::RuleList, views).says(
                about("Lists rules with what their actions and triggers say of themselves.")
                    .lists("Rule")
                    .query(ATTRIBUTES)
                    .query(&[("enabled", Kind::Flag)])
                    .texts(&["name", "pack", "action", "trigger", "user"]),
            ),
        )
        .merge(
            route(
                Method::GET,
                "/rules/views/{ref_or_id}",
                Permission::RuleView,
                view,
            )
            .says(
                about("Shows a rule with what its action and trigger say of themselves.")
                    .gives(Shape::One("Rule")),
            ),
        )
        .merge(
            route(Method::GET, "/rules/{ref_or_id}", Permission::RuleView, get).says(
                about("Shows a rule.")
                    .query(SECRETS)
                    .gives(Shape::One("Rule")),
            ),
        )
        .merge(
            route(
                Method::PUT,
                "/rules/{ref_or_id}",
                Permission::RuleModify,
                update,
            )
            .says(
                about("Changes a rule.")
                    .takes("RuleDocument")
                    .gives(Shape::One("Rule")),
            ),
        )
        .merge(
            route(
                Method::DELETE,
                "/rules/{ref_or_id}",
                Permission::RuleDelete,
                delete,
            )
            .says(about("Deletes a rule.").removes()),
        )
        .merge(
            route(Method::GET, "/ruletypes", Permission::RuleView, types)
                .says(about("Lists the kinds of rules.").gives(Shape::List("RuleType"))),
        )
        .merge(
            route(
                Method::GET,
                "/ruletypes/{id}",
                Permission::RuleView,
                one_type,
            )
            .says(about("Shows a kind of rules.").gives(Shape::One("RuleType"))),
        )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    listed(&wire, &call, |loaded, rule| {
        shown(loaded, rule, show_secrets)
    })
}

async fn views(wire: Wire, call: Call) -> Answer {
    listed(&wire, &call, described)
}

fn listed(wire: &Wire, call: &Call, body: impl Fn(&Loaded, &Rule) -> Json) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let filter = Filter::read(&call.query)?;
    let enabled = page::boolean(&call.query, "enabled")?;
    let loaded = wire.handle().loaded();
    let wanted = |rule: &&Arc<Rule>| {
        let words = [
            ("name", rule.reference.name()),
            ("pack", rule.reference.pack()),
            ("action", rule.action.reference.as_str()),
            ("trigger", rule.trigger.reference.as_str()),
        ];
        filter.fits(rule.id, &words) && enabled.is_none_or(|enabled| rule.enabled == enabled)
    };
    let found: Vec<_> = loaded.content.rules.values().filter(wanted).collect();
    page::listed(&call.query, Lists::WHOLE, &SORTABLE, &found, |rule| {
        attributes.apply(body(&loaded, rule), &["id", "ref"])
    })
}

async fn get(wire: Wire, call: Call) -> Answer {
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    let loaded = wire.handle().loaded();
    reply::ok(&shown(&loaded, found(&loaded, &call)?, show_secrets))
}

async fn view(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    reply::ok(&described(&loaded, found(&loaded, &call)?))
}

async fn create(wire: Wire, call: Call) -> Answer {
    let rule = wire
        .handle()
        .draft_rule(&shape::json_body(&call)?, &call.principal.user, None)?;
    wire.handle()
        .register(Registration::Rule(Box::new(rule.clone())))
        .await?;
    reply::created(&shape::rule(&rule))
}

async fn update(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let known = found(&loaded, &call)?;
    let rule =
        wire.handle()
            .draft_rule(&shape::json_body(&call)?, &call.principal.user, Some(known))?;
    if rule.reference != known.reference {
        wire.handle()
            .register(Registration::Deleted(
                ResourceKind::Rule,
                known.reference.clone(),
            ))
            .await?;
    }
    wire.handle()
        .register(Registration::Rule(Box::new(rule.clone())))
        .await?;
    reply::ok(&shape::rule(&rule))
}

async fn delete(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let reference = found(&loaded, &call)?.reference.clone();
    wire.handle()
        .register(Registration::Deleted(ResourceKind::Rule, reference))
        .await?;
    reply::nothing()
}

/// All of them: the original knows no pages here.
async fn types(_wire: Wire, _call: Call) -> Answer {
    reply::ok(&kinds().into())
}

async fn one_type(_wire: Wire, call: Call) -> Answer {
    let id = call.part("id");
    let known = kinds()
        .into_iter()
        .find(|kind| kind.get("id").is_some_and(|known| known == id));
    reply::ok(&reply::recorded(known, id)?)
}

/// The kinds of rules there are.
fn kinds() -> Vec<Json> {
    let kind = |name: &str, about: &str| {
        let id = squall_model::Id::of(&format!("rule_type:{name}"));
        json!({"id": id, "name": name, "description": about, "enabled": true, "parameters": {}})
    };
    vec![
        kind("standard", "Asked about every event of its trigger."),
        kind(
            "backstop",
            "Asked about events that no standard rule matched.",
        ),
    ]
}

fn found<'a>(loaded: &'a Loaded, call: &Call) -> Result<&'a Arc<Rule>, Fault> {
    let ref_or_id = call.part("ref_or_id");
    reply::found(loaded.content.rule(ref_or_id), ref_or_id)
}

/// A rule with the secrets among its action's and trigger's parameters hidden.
fn shown(loaded: &Loaded, rule: &Rule, show_secrets: bool) -> Json {
    if show_secrets {
        return shape::rule(rule);
    }
    let mut masked = rule.clone();
    if let Some(action) = loaded.content.actions.get(&rule.action.reference) {
        masked.action.parameters = mask::parameters(&masked.action.parameters, &action.parameters);
        if let Some(runner) = loaded.runner(&action.runner_type) {
            masked.action.parameters =
                mask::parameters(&masked.action.parameters, &runner.parameters);
        }
    }
    if let Some(trigger_type) = loaded.content.trigger_types.get(&rule.trigger.trigger_type) {
        let whole = mask::value(
            &Json::Object(masked.trigger.parameters.clone()),
            &trigger_type.parameters_schema,
        );
        masked.trigger.parameters = whole.as_object().cloned().unwrap_or_default();
    }
    shape::rule(&masked)
}

/// A rule with what its action and its trigger say of themselves.
fn described(loaded: &Loaded, rule: &Rule) -> Json {
    let mut body = shown(loaded, rule, false);
    let action = loaded
        .content
        .actions
        .get(&rule.action.reference)
        .and_then(|action| action.description.clone());
    let of_type = || {
        let of = loaded.content.trigger_types.get(&rule.trigger.trigger_type);
        of.and_then(|of| of.description.clone())
    };
    let trigger = loaded.content.triggers.get(&rule.trigger.reference);
    let trigger = trigger
        .and_then(|trigger| trigger.description.clone())
        .or_else(of_type);
    for (part, description) in [("action", action), ("trigger", trigger)] {
        if let Some(part) = body.get_mut(part).and_then(Json::as_object_mut) {
            part.insert(
                "description".to_owned(),
                Json::from(description.unwrap_or_default()),
            );
        }
    }
    body
}
