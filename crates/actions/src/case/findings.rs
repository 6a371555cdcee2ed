//! What has been found, sink by sink.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use squall_model::finding::Finding;
use squall_model::{Json, Object};

/// The findings of an event: for each sink a list, the newest first. Sinks stand in the order in which they were first
/// used. Its JSON form is the one in which Python actions take and give findings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    by_sink: Vec<(String, Vec<Finding>)>,
}

impl Findings {
    /// Whether no sink has been used.
    pub fn is_empty(&self) -> bool {
        self.by_sink.is_empty()
    }

    /// The sinks that were used, and what each is told, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Finding])> {
        let by_sink = self.by_sink.iter();
        by_sink.map(|(sink, found)| (sink.as_str(), found.as_slice()))
    }

    /// What a sink is told. Who asks uses it.
    pub(crate) fn of(&mut self, sink: &str) -> &mut Vec<Finding> {
        let place = self.by_sink.iter().position(|(known, _)| known == sink);
        let place = place.unwrap_or_else(|| {
            self.by_sink.push((sink.to_owned(), Vec::new()));
            self.by_sink.len() - 1
        });
        let found = self.by_sink.get_mut(place).map(|(_, found)| found);
        found.expect("it is there or was added")
    }
}

impl IntoIterator for Findings {
    type Item = (String, Vec<Finding>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.by_sink.into_iter()
    }
}

impl Serialize for Findings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.by_sink.len()))?;
        for (sink, found) in &self.by_sink {
            map.serialize_entry(sink, found)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Findings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told = Object::deserialize(deserializer)?;
        let read = |(sink, found): (String, Json)| Ok((sink, serde_json::from_value(found)?));
        let by_sink = told.into_iter().map(read).collect::<Result<_, _>>();
        by_sink
            .map(|by_sink| Self { by_sink })
            .map_err(|error: serde_json::Error| serde::de::Error::custom(error))
    }
}
