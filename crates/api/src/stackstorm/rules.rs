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
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

/// What lists of rules can be sorted by.
const SORTABLE: [&str; 4] = ["id", "name", "pack", "enabled"];

pub(super) fn routes() -> Routes {
    route(Method::GET, "/rules", Permission::RuleList, list)
        .merge(route(
            Method::POST,
            "/rules",
            Permission::RuleCreate,
            create,
        ))
        .merge(route(
            Method::GET,
            "/rules/views",
            Permission::RuleList,
            views,
        ))
        .merge(route(
            Method::GET,
            "/rules/views/{ref_or_id}",
            Permission::RuleView,
            view,
        ))
        .merge(route(
            Method::GET,
            "/rules/{ref_or_id}",
            Permission::RuleView,
            get,
        ))
        .merge(route(
            Method::PUT,
            "/rules/{ref_or_id}",
            Permission::RuleModify,
            update,
        ))
        .merge(route(
            Method::DELETE,
            "/rules/{ref_or_id}",
            Permission::RuleDelete,
            delete,
        ))
        .merge(route(
            Method::GET,
            "/ruletypes",
            Permission::RuleView,
            types,
        ))
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

async fn types(_wire: Wire, _call: Call) -> Answer {
    let kind = |name: &str, about: &str| {
        let id = squall_model::Id::of(&format!("rule_type:{name}"));
        json!({"id": id, "name": name, "description": about, "enabled": true, "parameters": {}})
    };
    let standard = kind("standard", "Asked about every event of its trigger.");
    let backstop = kind(
        "backstop",
        "Asked about events that no standard rule matched.",
    );
    reply::list(vec![standard, backstop], 2, Some(100))
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
    let trigger = loaded
        .content
        .trigger_types
        .get(&rule.trigger.trigger_type)
        .and_then(|of| of.description.clone());
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
