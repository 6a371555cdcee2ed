//! What packs are told, as people tell it over REST: checked, written where it would be written by hand, in force.

use std::sync::Arc;

use fs_err as fs;
use serde_json::json;
use squall_engine::schema;
use squall_model::pack::Config;
use squall_model::{Json, Object};

use crate::action_files::yaml;
use crate::handle::{Error, Handle, Result};
use crate::pack_files;
use crate::reload::Reading;

impl Handle {
    /// Gives a pack its config: held against its schema, written to `<configs>/<pack>.yaml`, and in force for actions
    /// that start from now on.
    pub async fn set_config(&self, pack: &str, values: Object) -> Result<Arc<Config>> {
        let loaded = self.loaded();
        if !loaded.content.packs.contains_key(pack) {
            return Err(Error::NotFound(format!(
                "Unable to identify resource with pack_ref \"{pack}\"."
            )));
        }
        let known = loaded.content.configs.get(pack);
        let config = Config {
            schema: known.map(|known| known.schema.clone()).unwrap_or_default(),
            values,
        };
        fits(pack, &config)?;
        let Some(folder) = self.settings().configs.clone() else {
            let nowhere = "This server has no folder of configs.";
            return Err(Error::Invalid(nowhere.to_owned()));
        };
        let text = yaml(&Json::Object(config.values.clone()))?;
        let name = format!("{pack}.yaml");
        let written = tokio::task::spawn_blocking(move || {
            fs::create_dir_all(&folder)?;
            pack_files::write_private(&folder, &name, text.as_bytes())
        });
        match written.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                return Err(Error::Invalid(format!(
                    "The config cannot be written: {error}"
                )));
            }
            Err(broken) => {
                return Err(Error::Invalid(format!(
                    "The config cannot be written: {broken}"
                )));
            }
        }
        let loaded = self.reload(Reading::Changes).await?;
        let in_force = loaded.content.configs.get(pack);
        let in_force = in_force.filter(|in_force| in_force.values == config.values);
        in_force.cloned().ok_or_else(|| {
            Error::Invalid(format!(
                "The config is written, but not in force: the files of the pack \"{pack}\" have faults that must be mended first."
            ))
        })
    }
}

/// Holds a config against its schema, as StackStorm does when it is registered: what the schema does not name may be
/// anything.
fn fits(pack: &str, config: &Config) -> Result<()> {
    let whole = json!({"type": "object", "properties": config.schema});
    let schema = schema::allow_null(whole.as_object().unwrap_or(&Object::new()));
    let mut filled = config.values.clone();
    schema::fill(&mut filled, &schema);
    schema::check(&Json::Object(filled), &schema).map_err(|mismatch| {
        let part = |part: &schema::Part| match part {
            schema::Part::Index(index) => index.to_string(),
            schema::Part::Key(key) => key.clone(),
        };
        let path: Vec<String> = mismatch.path.iter().map(part).collect();
        Error::Invalid(format!(
            "Failed validating attribute \"{}\" in config for pack \"{pack}\": {}",
            path.join("."),
            mismatch.message
        ))
    })?;
    let decrypts = |(name, value): &(&String, &Json)| {
        config.schema.flag(name, "secret")
            && value
                .as_str()
                .is_some_and(|text| text.contains("{{") && text.contains("decrypt_kv"))
    };
    if config.values.iter().any(|value| decrypts(&value)) {
        return Err(Error::Invalid(
            "Values specified as \"secret: True\" in config schema are automatically decrypted by default. Use of \"decrypt_kv\" jinja filter is not allowed for such values. Please check the specified values or remove \"decrypt_kv\" jinja filter.".to_owned(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use squall_model::schema::Parameters;

    use super::*;

    fn check(values: &Json) -> Result<()> {
        let schema = json!({
            "host": {"type": "string", "required": true},
            "port": {"type": "integer", "default": 22},
            "key": {"type": "string", "secret": true},
        });
        let config = Config {
            schema: Parameters(schema.as_object().unwrap().clone()),
            values: values.as_object().unwrap().clone(),
        };
        fits("lab", &config)
    }

    #[test]
    fn a_config_is_held_against_its_schema() {
        check(&json!({"host": "a"})).unwrap();
        check(&json!({"host": "{{ st2kv.system.host }}", "port": null, "unknown": [1]})).unwrap();
        let refused = |values: Json| check(&values).unwrap_err().to_string();
        assert_eq!(
            refused(json!({})),
            "Failed validating attribute \"host\" in config for pack \"lab\": 'host' is a required property"
        );
        assert_eq!(
            refused(json!({"host": "a", "port": "22"})),
            "Failed validating attribute \"port\" in config for pack \"lab\": '22' is not of type 'integer'"
        );
        assert!(
            refused(json!({"host": "a", "key": "{{ st2kv.system.k | decrypt_kv }}"}))
                .starts_with("Values specified as \"secret: True\"")
        );
    }
}
