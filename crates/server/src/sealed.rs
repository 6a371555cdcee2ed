//! Secret parameters are sealed before they are recorded, and opened where they are needed: who reads the database, or a
//! copy of it, finds none of them. Without a crypto key they are recorded in clear, and the start of the server says so.

use std::borrow::Cow;

use squall_model::execution::{Definition, Execution};
use squall_model::{Json, Object, mask};

use crate::handle::{Handle, Result};

/// What a sealed value begins with; the ciphertext of its JSON follows.
const MARK: &str = "squall-sealed:";

impl Handle {
    /// Parameters as they are recorded: whatever is secret, or holds a secret, is sealed whole.
    pub(crate) fn sealed(&self, mut given: Object, definition: &Definition) -> Result<Object> {
        if self.0.crypto.is_none() {
            return Ok(given);
        }
        let masked = mask::parameters(&given, &definition.runner.parameters);
        let masked = mask::parameters(&masked, &definition.action.parameters);
        for (name, value) in &mut given {
            if !value.is_null() && masked.get(name) != Some(value) {
                let sealed = self.encrypt(&value.to_string())?;
                *value = Json::from(format!("{MARK}{sealed}"));
            }
        }
        Ok(given)
    }

    /// An execution with its parameters as they were given.
    pub fn opened<'a>(&self, execution: &'a Execution) -> Cow<'a, Execution> {
        let is_sealed = |value: &Json| value.as_str().is_some_and(|text| text.starts_with(MARK));
        if !execution.parameters.values().any(is_sealed) {
            return Cow::Borrowed(execution);
        }
        let mut opened = execution.clone();
        for value in opened.parameters.values_mut() {
            if let Some(clear) = self.open(value) {
                *value = clear;
            }
        }
        Cow::Owned(opened)
    }

    /// A sealed value in clear. What is not sealed, or not with this server's key, stays as it is.
    fn open(&self, value: &Json) -> Option<Json> {
        let sealed = value.as_str()?.strip_prefix(MARK)?;
        serde_json::from_str(&self.decrypt(sealed).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use squall_expression::keyczar::Key;

    use super::*;
    use crate::Settings;
    use crate::requests::Wanted;

    const ACTION: &str = "
name: it
runner_type: noop
enabled: true
parameters:
  plain: {type: string}
  pin: {type: string, secret: true}
  empty: {type: string, secret: true}
  nested: {type: object, properties: {pin: {type: string, secret: true}}}
";

    #[tokio::test]
    async fn what_is_secret_is_recorded_sealed_and_opened_again() {
        let data = tempfile::tempdir().unwrap();
        let pack = data.path().join("packs/tests");
        fs_err::create_dir_all(pack.join("actions")).unwrap();
        let manifest =
            "{name: tests, description: d, version: 1.0.0, author: a, email: a@example.com}";
        fs_err::write(pack.join("pack.yaml"), manifest).unwrap();
        fs_err::write(pack.join("actions/it.yaml"), ACTION).unwrap();
        let key = data.path().join("crypto.json");
        fs_err::write(&key, Key::generate(&[1; 32], &[2; 32])).unwrap();
        let mut settings = Settings::for_development(data.path().to_owned());
        settings.packs = vec![data.path().join("packs")];
        settings.crypto_key = Some(key);
        let handle = crate::start(settings, Vec::new()).await.unwrap();
        let given =
            json!({"plain": "seen", "pin": "hush", "empty": null, "nested": {"pin": "hush"}});
        let wanted = Wanted {
            action: "tests.it".to_owned(),
            parameters: given.as_object().unwrap().clone(),
            user: "ann".to_owned(),
            ..Wanted::default()
        };
        let id = handle.request(wanted).await.unwrap().id;
        let recorded = handle.store().execution(id).await.unwrap().unwrap();
        let text = json!(recorded.parameters).to_string();
        assert_eq!(text.matches(MARK).count(), 2, "{text}");
        assert!(text.contains("seen") && !text.contains("hush"), "{text}");
        assert_eq!(json!(handle.opened(&recorded).parameters), given);
        handle.stop().await;
    }
}
