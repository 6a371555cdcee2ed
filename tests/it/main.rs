//! The product from outside: one test binary, one file per user story, and the rules of the house.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "all of this is tests, where a panic is the verdict"
)]

mod cloudevents;
mod command;
mod http;
mod machine;
mod packs;
mod process;
mod prometheus_graph;
mod random;
mod receiver;
mod redact;
mod scene;
mod server;
mod stock;
mod tls_certificate;
mod wait;

mod alert_storm;
mod alertmanager_story;
mod announcement;
mod backstop;
mod bad_packs;
mod both_dialects;
mod delayed;
mod demo;
mod durable_before_answer;
mod graceful_stop;
mod helm_releases;
mod hostile;
mod hostile_filters;
mod json_log;
mod kill_nine;
mod labs_sre;
mod live;
mod live_reload;
mod long_result;
mod looking_after;
mod manual;
mod metrics;
mod openapi;
mod otlp;
mod packaging;
mod playbooks;
mod playbooks_cluster;
mod poison_records;
mod re_run;
mod readme;
mod retention;
mod secrets_at_rest;
mod security_arguments;
mod security_canary;
mod security_output;
mod seed_playbooks;
mod settings_file;
mod shop_playbooks;
mod signed_webhooks;
mod stock_client;
mod tidy;
mod waiting_for_room;
mod webhook_starts_action;
