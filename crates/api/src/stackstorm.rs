//! StackStorm's dialect: the API, auth and stream services that the stock client and chatops bots talk to.

pub mod fault;

mod page;
mod reply;
mod shape;

mod actions;
mod apikeys;
mod configs;
mod executions;
mod keys;
mod pack_views;
mod packs;
mod root;
mod ruleenforcements;
mod rules;
mod runnertypes;
mod sensortypes;
mod service_registry;
mod stream;
mod tokens;
mod traces;
mod triggerinstances;
mod triggers;
mod triggertypes;
mod user;
mod webhooks;

use crate::route::Routes;

/// The API service, as it is mounted at `/api/v1`, `/v1` and `/`.
pub fn api() -> Routes {
    Routes::default()
        .merge(actions::routes())
        .merge(apikeys::routes())
        .merge(configs::routes())
        .merge(executions::routes())
        .merge(keys::routes())
        .merge(pack_views::routes())
        .merge(packs::routes())
        .merge(root::routes())
        .merge(ruleenforcements::routes())
        .merge(rules::routes())
        .merge(runnertypes::routes())
        .merge(sensortypes::routes())
        .merge(service_registry::routes())
        .merge(traces::routes())
        .merge(triggerinstances::routes())
        .merge(triggers::routes())
        .merge(triggertypes::routes())
        .merge(user::routes())
        .merge(webhooks::routes())
}

/// The auth service, as it is mounted at `/auth/v1`, `/v1` and `/`.
pub fn auth() -> Routes {
    tokens::routes()
}

/// The stream service, as it is mounted at `/stream/v1`, `/v1` and `/`.
pub fn stream() -> Routes {
    stream::routes()
}
