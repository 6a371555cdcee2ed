//! `/ruleenforcements`: the recorded decisions.

use http::Method;
use squall_identity::permission::Permission;
use squall_model::Json;
use squall_model::decision::Decision;
use squall_model::record::DecisionFilter;

use super::executions::shape as execution_shape;
use super::fault::Fault;
use super::page::{self, Attributes, Lists};
use super::{reply, shape};
use crate::about::{ATTRIBUTES, Kind, Parameter, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

/// What decisions can be asked by.
const FILTERS: &[Parameter] = &[
    ("rule_ref", Kind::Text),
    ("rule_id", Kind::Text),
    ("trigger_instance", Kind::Text),
    ("execution", Kind::Text),
    ("enforced_at_gt", Kind::Time),
    ("enforced_at_lt", Kind::Time),
];

pub(super) fn routes() -> Routes {
    route(
        Method::GET,
        "/ruleenforcements",
        Permission::RuleEnforcementList,
        list,
    )
    .says(
        about("Lists decisions.")
            .lists("RuleEnforcement")
            .query(ATTRIBUTES)
            .query(FILTERS),
    )
    .merge(
        route(
            Method::GET,
            "/ruleenforcements/views",
            Permission::RuleEnforcementList,
            views,
        )
        .says(
            about("Lists decisions with their events and executions.")
                .lists("RuleEnforcementView")
                .query(ATTRIBUTES)
                .query(FILTERS),
        ),
    )
    .merge(
        route(
            Method::GET,
            "/ruleenforcements/views/{id}",
            Permission::RuleEnforcementView,
            view,
        )
        .says(
            about("Shows a decision with its event and execution.")
                .gives(Shape::One("RuleEnforcementView")),
        ),
    )
    .merge(
        route(
            Method::GET,
            "/ruleenforcements/{id}",
            Permission::RuleEnforcementView,
            get,
        )
        .says(about("Shows a decision.").gives(Shape::One("RuleEnforcement"))),
    )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let (decisions, total, limit) = read(&wire, &call).await?;
    let shown = decisions
        .iter()
        .map(|decision| attributes.apply(shape::decision(decision), &["id"]))
        .collect();
    reply::list(shown, total, limit)
}

async fn views(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let (decisions, total, limit) = read(&wire, &call).await?;
    let mut shown = Vec::with_capacity(decisions.len());
    for decision in &decisions {
        shown.push(attributes.apply(with_details(&wire, decision).await?, &["id"]));
    }
    reply::list(shown, total, limit)
}

async fn read(wire: &Wire, call: &Call) -> Result<(Vec<Decision>, u64, Option<u64>), Fault> {
    let paged = page::page(
        &call.query,
        Lists {
            limit: Some(50),
            ascending: false,
        },
    )?;
    let one_id = |name: &str| page::id(&call.query, name);
    let filter = DecisionFilter {
        ids: page::ids(&call.query, "id")?,
        rule_ref: call
            .query
            .get("rule_ref")
            .filter(|of| !of.is_empty())
            .map(str::to_owned),
        rule: one_id("rule_id")?,
        event: one_id("trigger_instance")?,
        execution: one_id("execution")?,
        after: page::moment(&call.query, "enforced_at_gt")?,
        before: page::moment(&call.query, "enforced_at_lt")?,
    };
    let found = wire.handle().store().decisions(filter, paged).await?;
    Ok((found.items, found.total, paged.limit))
}

async fn get(wire: Wire, call: Call) -> Answer {
    reply::ok(&shape::decision(&found(&wire, &call).await?))
}

async fn view(wire: Wire, call: Call) -> Answer {
    let decision = found(&wire, &call).await?;
    reply::ok(&with_details(&wire, &decision).await?)
}

async fn found(wire: &Wire, call: &Call) -> Result<Decision, Fault> {
    let text = call.part("id");
    let id = reply::recorded(text.parse().ok(), text)?;
    let decision = wire.handle().store().decision(id).await?;
    reply::recorded(decision, text)
}

/// A decision with its event and the execution it asked for.
async fn with_details(wire: &Wire, decision: &Decision) -> Result<Json, Fault> {
    let store = wire.handle().store();
    let mut shown = shape::decision(decision);
    let Some(body) = shown.as_object_mut() else {
        return Ok(shown);
    };
    if let Some(event) = store.event(decision.event).await? {
        body.insert(
            "trigger_instance".to_owned(),
            shape::event(&wire.handle().loaded(), &event),
        );
    }
    if let Some(id) = decision.execution
        && let Some(execution) = store.execution(id).await?
    {
        let execution =
            execution_shape::shown(wire, &execution, &Attributes::default(), false).await?;
        body.insert("execution".to_owned(), execution);
    }
    Ok(shown)
}
