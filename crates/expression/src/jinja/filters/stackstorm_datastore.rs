//! StackStorm's filter on sealed datastore values.

use super::Filter;
use crate::jinja::callable::{Callable, Given};
use crate::jinja::lookup::Lookup;
use crate::jinja::undefined::qualified_type;
use crate::keyczar;
use crate::value::{Error, Value, text};

pub(super) const FILTERS: &[Filter] = &[(
    "decrypt_kv",
    Callable::new("decrypt_kv", &["value"], decrypt),
)];

fn decrypt(given: &Given<'_>) -> Result<Value, Error> {
    let value = match Lookup::of(given.value()) {
        Some(lookup) => {
            let sealed = lookup.value()?;
            if sealed.is_empty() {
                return Err(Error::value_error(format!(
                    "Referenced datastore item \"{}\" doesn't exist or it contains an empty string",
                    lookup.full_name()
                )));
            }
            sealed.into()
        }
        None => given.value().clone(),
    };
    let Some(key) = &given.context()?.runtime.scope.crypto_key else {
        return Err(Error::value_error("no usable encryption key is configured"));
    };
    let sealed = match &value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ if value.as_text().is_some() => text::str(&value)?.to_string(),
        other => {
            return Err(Error::type_error(format!(
                "Ciphertext needs to either be a string/unicode or bytes (was <class '{}'>).",
                qualified_type(other)
            )));
        }
    };
    key.decrypt(&sealed)
        .map(Value::from)
        .map_err(|error| match error {
            keyczar::Error::Signature => {
                Error::raised("InvalidSignature", "Signature did not match digest.")
            }
            keyczar::Error::Sealed("is too short") => {
                Error::value_error("Invalid or malformed ciphertext (too short)")
            }
            keyczar::Error::Sealed("is not hexadecimal") => {
                Error::raised("Error", "Non-hexadecimal digit found")
            }
            other => Error::value_error(other.to_string()),
        })
}
