//! The catalogue of shapes: what is sent and what comes back, each member with its kind.
//!
//! A member is written `name: kind`, with `!` after the name if it is always there. A kind is `id`, `time`, one of JSON's
//! types, `strings`, `objects`, `any`, the name of another shape, or that name in brackets for a list.

use serde_json::{Map, Value as Json, json};

/// Every shape with its members. A shape with a `*` after its name may have more.
const SHAPES: &[(&str, &str)] = &[
    ("Fault", "faultstring!: string, conflict-id: id"),
    (
        "Problem*",
        "type!: string, title!: string, status!: integer, code: string, detail!: string",
    ),
    ("CloudEventsTaken", "events!: objects"),
    (
        "PlaybookAnswer",
        "success!: boolean, msg: string, error_code: integer, findings: objects, problems: strings, execution: id",
    ),
    (
        "Root",
        "version!: string, docs_url!: string, squall!: string",
    ),
    (
        "User",
        "username!: string, authentication!: object, rbac!: object",
    ),
    (
        "Action",
        "id!: id, uid!: string, ref!: string, pack!: string, name!: string, description: string, enabled!: boolean, \
         runner_type!: string, entry_point!: string, parameters!: object, output_schema!: object, notify!: object, \
         tags!: objects, metadata_file!: string",
    ),
    ("ActionParameters", "parameters!: object"),
    (
        "ActionDocument*",
        "name!: string, pack: string, description: string, enabled: boolean, runner_type!: string, entry_point: string, \
         parameters: object, output_schema: object, notify: object, tags: objects, data_files: [DataFile]",
    ),
    ("DataFile", "file_path!: string, content!: string"),
    ("ActionDeletion", "remove_files: boolean"),
    (
        "ActionCopy",
        "dest_pack!: string, dest_action!: string, overwrite: boolean",
    ),
    (
        "RunnerType",
        "id!: id, uid!: string, name!: string, description!: string, enabled!: boolean, runner_package!: string, \
         runner_module!: string, runner_parameters!: object, output_key: string, output_schema!: object",
    ),
    ("Enabled*", "enabled: boolean"),
    (
        "Rule",
        "id!: id, uid!: string, ref!: string, pack!: string, name!: string, description: string, enabled!: boolean, \
         type!: object, trigger!: object, criteria!: object, action!: object, tags!: objects, context!: object, \
         metadata_file!: string",
    ),
    (
        "RuleDocument*",
        "name!: string, pack: string, description: string, enabled: boolean, type: object, trigger!: object, \
         criteria: object, action!: object, tags: objects",
    ),
    (
        "RuleType",
        "id!: id, name!: string, description!: string, enabled!: boolean, parameters!: object",
    ),
    (
        "TriggerType",
        "id!: id, uid!: string, ref!: string, pack!: string, name!: string, description: string, \
         payload_schema!: object, parameters_schema!: object, tags!: objects, metadata_file!: string",
    ),
    (
        "TriggerTypeDocument*",
        "name!: string, pack: string, description: string, payload_schema: object, parameters_schema: object, \
         tags: objects",
    ),
    (
        "Trigger",
        "id!: id, uid!: string, ref!: string, pack!: string, name!: string, type!: string, parameters!: object, \
         description: string",
    ),
    (
        "TriggerDocument*",
        "type!: string, parameters: object, description: string",
    ),
    (
        "TriggerInstance",
        "id!: id, trigger!: string, payload!: any, occurrence_time!: time, status!: string",
    ),
    ("ReEmitted", "id!: id, message!: string, payload!: any"),
    (
        "RuleEnforcement",
        "id!: id, trigger_instance_id!: id, rule!: object, enforced_at!: time, status!: string, execution_id: id, \
         failure_reason: string",
    ),
    (
        "RuleEnforcementView",
        "id!: id, trigger_instance_id!: id, rule!: object, enforced_at!: time, status!: string, execution_id: id, \
         failure_reason: string, trigger_instance: TriggerInstance, execution: Execution",
    ),
    (
        "Execution*",
        "id!: id, action: object, runner: object, rule: Rule, trigger: Trigger, trigger_type: TriggerType, \
         trigger_instance: TriggerInstance, liveaction: object, status: string, start_timestamp: time, \
         end_timestamp: time, elapsed_seconds: number, parameters: object, result: any, result_size: integer, \
         context: object, parent: id, children: strings, log: objects",
    ),
    (
        "ExecutionRequest*",
        "action!: string, parameters: object, context: object, notify: object",
    ),
    ("ReRun*", "parameters: object, delay: integer"),
    ("ExecutionChange*", "status!: string"),
    ("ExecutionFilters*", ""),
    (
        "Pack",
        "id!: id, uid!: string, ref!: string, name!: string, description!: string, keywords!: strings, \
         version!: string, stackstorm_version: string, python_versions!: strings, author!: string, email: string, \
         contributors!: strings, dependencies!: strings, system!: object, files!: strings, path!: string",
    ),
    ("PackFile", "file_path!: string, content!: string"),
    (
        "PacksToRead*",
        "packs: strings, types: strings, fail_on_failure: boolean",
    ),
    ("PacksRead*", ""),
    (
        "PacksInForce",
        "generation!: integer, loaded_at!: time, packs!: [PackInForce], problems!: objects",
    ),
    (
        "PackInForce*",
        "ref!: string, name!: string, version!: string, author: string, description: string, state!: string, \
         generation!: integer, since!: time, problems!: objects",
    ),
    ("PackSearch*", "query: string, pack: string"),
    ("IndexHealth", "indexes!: object, packs!: object"),
    ("Config", "id!: id, pack!: string, values!: object"),
    (
        "ConfigSchema",
        "id!: id, pack!: string, attributes!: object",
    ),
    ("Values*", ""),
    (
        "SensorType",
        "id!: id, uid!: string, ref!: string, pack!: string, name!: string, description: string, \
         artifact_uri: string, entry_point!: string, enabled!: boolean, trigger_types!: strings, \
         poll_interval: number, metadata_file!: string",
    ),
    (
        "ApiKey",
        "id!: id, uid!: string, user!: string, key_hash: string, key: string, metadata!: object, created_at!: time, \
         enabled!: boolean",
    ),
    (
        "ApiKeyDocument*",
        "user: string, metadata: object, enabled: boolean, key_hash: string, id: string",
    ),
    (
        "Key",
        "id!: id, uid!: string, scope!: string, name!: string, value!: string, secret!: boolean, encrypted!: boolean, \
         user: string, expire_timestamp: time",
    ),
    (
        "KeyDocument*",
        "name: string, value!: string, scope: string, user: string, ttl: integer, secret: boolean, encrypted: boolean",
    ),
    (
        "Trace",
        "id!: id, uid!: string, trace_tag!: string, start_timestamp!: time, trigger_instances!: objects, \
         rules!: objects, action_executions!: objects",
    ),
    (
        "Token",
        "id!: id, user!: string, token!: string, expiry!: time, metadata!: object, service!: boolean",
    ),
    ("TokenRequest*", "ttl: integer, user: string"),
    ("TokenToCheck", "token!: string"),
    ("TokenChecked", "valid!: boolean"),
    ("SingleSignOn", "enabled!: boolean"),
    ("ServiceGroups", "groups!: strings"),
    ("ServiceMembers", "members!: objects"),
];

/// Every shape as a JSON Schema.
pub(super) fn all() -> Json {
    SHAPES
        .iter()
        .map(|(name, members)| {
            let plain = name.trim_end_matches('*');
            (plain.to_owned(), schema(members, plain != *name))
        })
        .collect()
}

fn schema(members: &str, is_open: bool) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let written = members
        .split(',')
        .filter_map(|member| member.split_once(':'));
    for (name, kind) in written {
        let name = name.trim();
        let plain = name.trim_end_matches('!');
        properties.insert(plain.to_owned(), kind_of(kind.trim()));
        if plain != name {
            required.push(plain.to_owned());
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if let Some(members) = schema.as_object_mut() {
        if !required.is_empty() {
            members.insert("required".to_owned(), json!(required));
        }
        if !is_open {
            members.insert("additionalProperties".to_owned(), json!(false));
        }
    }
    schema
}

fn kind_of(kind: &str) -> Json {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    match kind {
        "id" => json!({"type": "string", "pattern": "^[0-9a-f]{24}$"}),
        "time" => json!({"type": "string", "format": "date-time"}),
        "string" | "integer" | "number" | "boolean" | "object" => json!({"type": kind}),
        "strings" => json!({"type": "array", "items": {"type": "string"}}),
        "objects" => json!({"type": "array", "items": {"type": "object"}}),
        "any" => json!({}),
        list if list.starts_with('[') => {
            json!({"type": "array", "items": reference(list.trim_matches(['[', ']']))})
        }
        name => reference(name),
    }
}
