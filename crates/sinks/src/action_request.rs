//! Buttons that run an action: a request for it, signed as Robusta signs it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use squall_model::Json;
use squall_model::finding::Choice;

use crate::{Told, python};

/// The request that pressing the button sends; nothing without a signing key.
pub(crate) fn request(choice: &Choice, told: Told<'_>) -> Option<String> {
    let key = told
        .site
        .signing_key
        .as_deref()
        .filter(|key| !key.is_empty())?;
    let mut body = json!({
        "account_id": told.site.account_id,
        "cluster_name": told.site.cluster_name,
        "action_name": choice.action,
        "timestamp": told.now.micros().div_euclid(1_000_000),
        "action_params": choice.action_params,
        "sinks": [told.sink],
        "origin": "callback",
    });
    let signed = {
        let mut signed = body.clone();
        if let Some(members) = signed.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        format!("v0:{}", python::dumps(&signed, true))
    };
    let code = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    let code = code.chain_update(signed).finalize().into_bytes();
    let signature = format!("v0={}", hexadecimal(&code));
    let request = json!({
        "body": body.take(),
        "signature": signature,
        "partial_auth_a": "",
        "partial_auth_b": "",
        "request_id": "",
        "no_sinks": false,
        "stream": false,
    });
    Some(Json::to_string(&request))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
