//! Which kinds of objects a cluster has.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use squall_model::Json;

use crate::{Ask, Cluster, Error, Kind};

/// The form of the answer that says everything at once, where the server has it.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// The kinds of one cluster: asked for once, and again when somebody looks for one that is not known. Cheap to clone; all
/// clones know the same.
#[derive(Clone)]
pub struct Kinds {
    cluster: Cluster,
    known: Arc<Mutex<Option<Arc<[Served]>>>>,
}

/// A kind that a cluster has, and what people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The kind.
    pub kind: Kind,
    /// Such as `pod`; empty if the server does not say.
    pub singular: String,
    /// Such as `po`.
    pub short_names: Vec<String>,
    /// What can be done with them, such as `watch`.
    pub verbs: Vec<String>,
    /// Whether its group would rather have this version used than another one.
    pub preferred: bool,
}

impl Kinds {
    /// The kinds of a cluster. Nothing is asked yet.
    pub fn new(cluster: Cluster) -> Self {
        Self {
            cluster,
            known: Arc::default(),
        }
    }

    /// The kind that somebody means by a word: its kind in any case (`Pod`, `pod`), plural (`pods`) or short name (`po`),
    /// with a group before it (`apps/Deployment`) or behind it (`deployments.apps`), a version (`v1/Pod`) or both
    /// (`apps/v1/Deployment`). Of several the core group's counts before others, then the preferred version.
    ///
    /// # Errors
    /// The cluster could not be asked.
    pub async fn find(&self, word: &str) -> Result<Option<Kind>, Error> {
        if let Some(known) = self.cached()
            && let Some(found) = find(&known, word)
        {
            return Ok(Some(found));
        }
        Ok(find(&self.ask_again().await?, word))
    }

    /// As [`Kinds::find`], but what is not known is not asked for again until [`Kinds::forget`].
    ///
    /// # Errors
    /// The cluster could not be asked.
    pub async fn find_known(&self, word: &str) -> Result<Option<Kind>, Error> {
        Ok(find(&self.all().await?, word))
    }

    /// All kinds, every version of each; the core group's first, and of each group the preferred version first.
    ///
    /// # Errors
    /// The cluster could not be asked.
    pub async fn all(&self) -> Result<Arc<[Served]>, Error> {
        match self.cached() {
            Some(known) => Ok(known),
            None => self.ask_again().await,
        }
    }

    /// What is known may be wrong by now, as when a custom resource came or went: the next one who looks asks again.
    pub fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn cached(&self) -> Option<Arc<[Served]>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    async fn ask_again(&self) -> Result<Arc<[Served]>, Error> {
        let mut served = Vec::new();
        for root in ["/api", "/apis"] {
            let mut ask = Ask::get(root);
            ask.accept = Some(AGGREGATED.to_owned());
            let answer = self.cluster.json(ask).await?;
            match text(&answer, "kind") {
                "APIGroupDiscoveryList" => served.extend(aggregated(&answer)),
                "APIVersions" => served.extend(self.version("", "v1", true).await?),
                _ => served.extend(self.groups(&answer).await?),
            }
        }
        let served: Arc<[Served]> = served.into();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(served.clone());
        Ok(served)
    }

    async fn groups(&self, groups: &Json) -> Result<Vec<Served>, Error> {
        let mut served = Vec::new();
        for group in items(groups, "groups") {
            let preferred = group
                .get("preferredVersion")
                .map_or("", |preferred| text(preferred, "version"));
            let mut versions: Vec<_> = items(group, "versions")
                .map(|version| text(version, "version"))
                .collect();
            versions.sort_by_key(|version| *version != preferred);
            for version in versions {
                let name = text(group, "name");
                served.extend(self.version(name, version, version == preferred).await?);
            }
        }
        Ok(served)
    }

    /// The kinds of a group in a version; none if the service behind it is away, which says nothing about the others.
    async fn version(
        &self,
        group: &str,
        version: &str,
        preferred: bool,
    ) -> Result<Vec<Served>, Error> {
        let path = match group {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        let answer = match self.cluster.json(Ask::get(path)).await {
            Err(Error::Refused { status, .. }) => {
                tracing::warn!(group, version, status, "a group of kinds is not served");
                return Ok(Vec::new());
            }
            answer => answer?,
        };
        let resources = items(&answer, "resources")
            .filter(|resource| !text(resource, "name").contains('/'))
            .map(|resource| Served {
                kind: kind(
                    [
                        group,
                        version,
                        text(resource, "kind"),
                        text(resource, "name"),
                    ],
                    resource.get("namespaced").and_then(Json::as_bool) == Some(true),
                ),
                singular: text(resource, "singularName").to_owned(),
                short_names: texts(resource, "shortNames"),
                verbs: texts(resource, "verbs"),
                preferred,
            });
        Ok(resources.collect())
    }
}

fn aggregated(answer: &Json) -> Vec<Served> {
    let mut served = Vec::new();
    for group in items(answer, "items") {
        let name = group
            .get("metadata")
            .map_or("", |metadata| text(metadata, "name"));
        // The versions come in the order of preference.
        for (index, version) in items(group, "versions").enumerate() {
            for resource in items(version, "resources") {
                let response = resource.get("responseKind").unwrap_or(&Json::Null);
                served.push(Served {
                    kind: kind(
                        [
                            name,
                            text(version, "version"),
                            text(response, "kind"),
                            text(resource, "resource"),
                        ],
                        text(resource, "scope") == "Namespaced",
                    ),
                    singular: text(resource, "singularResource").to_owned(),
                    short_names: texts(resource, "shortNames"),
                    verbs: texts(resource, "verbs"),
                    preferred: index == 0,
                });
            }
        }
    }
    served
}

fn kind([group, version, kind, plural]: [&str; 4], namespaced: bool) -> Kind {
    Kind {
        group: Cow::Owned(group.to_owned()),
        version: Cow::Owned(version.to_owned()),
        kind: Cow::Owned(kind.to_owned()),
        plural: Cow::Owned(plural.to_owned()),
        namespaced,
    }
}

fn find(known: &[Served], word: &str) -> Option<Kind> {
    let parts: Vec<_> = word.split('/').collect();
    let found = match *parts.as_slice() {
        [name] => best(known, |served| served.is_called(name)).or_else(|| {
            let (name, group) = name.split_once('.')?;
            best(known, |served| {
                served.is_called(name) && served.kind.group == group
            })
        }),
        [first, name] => best(known, |served| {
            let kind = &served.kind;
            let is_core = kind.group.is_empty() && kind.version == first;
            served.is_called(name) && (is_core || (kind.group == first && !first.is_empty()))
        }),
        [group, version, name] => best(known, |served| {
            let kind = &served.kind;
            served.is_called(name) && kind.group == group && kind.version == version
        }),
        _ => None,
    };
    found.map(|served| served.kind.clone())
}

/// The first one, or rather the first one of a preferred version.
fn best(known: &[Served], is_meant: impl Fn(&Served) -> bool) -> Option<&Served> {
    let mut meant = known.iter().filter(|served| is_meant(served));
    let first = meant.next()?;
    let preferred = std::iter::once(first)
        .chain(meant)
        .find(|one| one.preferred);
    Some(preferred.unwrap_or(first))
}

impl Served {
    fn is_called(&self, word: &str) -> bool {
        self.kind.kind.eq_ignore_ascii_case(word)
            || self.kind.plural.eq_ignore_ascii_case(word)
            || self.singular.eq_ignore_ascii_case(word)
            || self
                .short_names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(word))
    }
}

fn text<'a>(of: &'a Json, name: &str) -> &'a str {
    of.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn texts(of: &Json, name: &str) -> Vec<String> {
    let texts = items(of, name).filter_map(Json::as_str);
    texts.map(str::to_owned).collect()
}

fn items<'a>(of: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    of.get(name).and_then(Json::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests;
