//! The objects of one watch as they were seen last, small.
//!
//! Where triggers compare an object with what it was, the last object is kept as compressed JSON, a third of its text and a
//! twentieth of what it takes parsed; elsewhere only which version of which object it was. `managedFields`, which say who
//! wrote which field and are often longer than the object, are taken out before anything else.

use std::collections::HashMap;
use std::sync::Arc;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use serde_json::{from_slice, json, to_vec};
use squall_model::Json;

use crate::Kind;

/// The longest object that is unpacked, in bytes. The API server takes none of this length.
const LONGEST_OBJECT: usize = 64 * 1024 * 1024;

/// What is kept of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Which version it was: enough to tell each version once.
    #[default]
    Versions,
    /// The object too: so that the next version can be compared with it.
    Objects,
}

/// An object as it was seen last. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name, after its namespace and a slash if it has one.
    pub key: Arc<str>,
    /// Its uid.
    pub uid: Arc<str>,
    /// The version that was seen.
    pub resource_version: Arc<str>,
    /// The object, compressed, where objects are kept.
    pub object: Option<Arc<[u8]>>,
}

/// The objects of one watch.
#[derive(Debug)]
pub struct Cache {
    keep: Keep,
    objects: HashMap<Arc<str>, Entry>,
    /// Which listing is under way: what it does not mention is gone.
    listing: u32,
    packer: Packer,
}

#[derive(Debug)]
struct Entry {
    kept: Kept,
    listing: u32,
}

impl Cache {
    /// An empty one.
    pub fn new(keep: Keep) -> Self {
        Self {
            keep,
            objects: HashMap::new(),
            listing: 0,
            packer: Packer::default(),
        }
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// All objects, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Kept> {
        self.objects.values().map(|entry| &entry.kept)
    }

    /// How many bytes the objects themselves take, compressed.
    pub fn packed_bytes(&self) -> usize {
        let objects = self.iter().filter_map(|kept| kept.object.as_ref());
        objects.map(|object| object.len()).sum()
    }

    /// What was seen of an object.
    pub fn get(&self, key: &str) -> Option<&Kept> {
        self.objects.get(key).map(|entry| &entry.kept)
    }

    /// Takes back what was kept by a cache that is gone.
    pub fn restore(&mut self, mut kept: Kept) {
        if self.keep == Keep::Versions {
            kept.object = None;
        }
        let listing = self.listing;
        self.objects
            .insert(kept.key.clone(), Entry { kept, listing });
    }

    /// Keeps a version of an object, in the place of the one before.
    pub(crate) fn put(&mut self, mark: &Mark<'_>, object: &Json) -> Kept {
        let packed = match self.keep {
            Keep::Versions => None,
            Keep::Objects => to_vec(object).ok().map(|text| self.packer.pack(&text)),
        };
        // Texts that stay the same share their memory with the version before.
        let before = self.objects.get(mark.key.as_str()).map(|entry| &entry.kept);
        let shared = |now: &str, before: Option<&Arc<str>>| match before {
            Some(before) if **before == *now => before.clone(),
            _ => Arc::from(now),
        };
        let kept = Kept {
            key: shared(&mark.key, before.map(|kept| &kept.key)),
            uid: shared(mark.uid, before.map(|kept| &kept.uid)),
            resource_version: Arc::from(mark.resource_version),
            object: packed,
        };
        let entry = Entry {
            kept: kept.clone(),
            listing: self.listing,
        };
        self.objects.insert(kept.key.clone(), entry);
        kept
    }

    /// Forgets an object.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Kept> {
        self.objects.remove(key).map(|entry| entry.kept)
    }

    /// The object that was kept, if it was.
    pub(crate) fn unpack(&mut self, kept: &Kept) -> Option<Json> {
        let text = self.packer.unpack(kept.object.as_ref()?)?;
        from_slice(&text).ok()
    }

    /// The object that was kept, or as much as is known of it.
    pub(crate) fn unpack_or_name(&mut self, kind: &Kind, kept: &Kept) -> Json {
        self.unpack(kept).unwrap_or_else(|| {
            let (namespace, name) = match kept.key.split_once('/') {
                Some((namespace, name)) => (Some(namespace), name),
                None => (None, &*kept.key),
            };
            let mut object = json!({
                "apiVersion": kind.api_version(),
                "kind": kind.kind,
                "metadata": {"name": name, "uid": &*kept.uid, "resourceVersion": &*kept.resource_version},
            });
            if let (Some(namespace), Some(metadata)) = (namespace, object.get_mut("metadata")) {
                metadata["namespace"] = namespace.into();
            }
            object
        })
    }

    /// A listing begins: what is not mentioned until its end is gone.
    pub(crate) fn begin_listing(&mut self) {
        self.listing = self.listing.wrapping_add(1);
    }

    /// The listing mentions an object.
    pub(crate) fn mention(&mut self, key: &str) {
        if let Some(entry) = self.objects.get_mut(key) {
            entry.listing = self.listing;
        }
    }

    /// What the listing did not mention.
    pub(crate) fn unmentioned(&self) -> Vec<Arc<str>> {
        let entries = self.objects.values();
        let gone = entries.filter(|entry| entry.listing != self.listing);
        gone.map(|entry| entry.kept.key.clone()).collect()
    }
}

/// Which version of which object it is.
#[derive(Debug)]
pub(crate) struct Mark<'a> {
    pub(crate) key: String,
    pub(crate) uid: &'a str,
    pub(crate) resource_version: &'a str,
}

impl<'a> Mark<'a> {
    /// None of what is no object of a cluster.
    pub(crate) fn of(object: &'a Json) -> Option<Self> {
        let metadata = object.get("metadata")?;
        let said = |name: &str| metadata.get(name).and_then(Json::as_str);
        let name = said("name")?;
        Some(Self {
            key: match said("namespace") {
                Some(namespace) => format!("{namespace}/{name}"),
                None => name.to_owned(),
            },
            uid: said("uid").unwrap_or_default(),
            resource_version: said("resourceVersion")?,
        })
    }
}

/// Compresses and decompresses. The tables that this takes are long and are kept.
struct Packer {
    compress: Compress,
    decompress: Decompress,
    room: Vec<u8>,
}

impl Default for Packer {
    fn default() -> Self {
        Self {
            compress: Compress::new(Compression::fast(), false),
            decompress: Decompress::new(false),
            room: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packer")
    }
}

impl Packer {
    /// The length, and after it the text compressed.
    fn pack(&mut self, text: &[u8]) -> Arc<[u8]> {
        self.compress.reset();
        self.room.clear();
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.room.extend_from_slice(&length.to_le_bytes());
        self.room.reserve(text.len() + text.len() / 8 + 64);
        let packed = self
            .compress
            .compress_vec(text, &mut self.room, FlushCompress::Finish);
        // What does not shrink into that much room is kept as it is, under a length that nothing else has.
        if !matches!(packed, Ok(Status::StreamEnd)) {
            self.room.clear();
            self.room.extend_from_slice(&u32::MAX.to_le_bytes());
            self.room.extend_from_slice(text);
        }
        let packed = Arc::from(self.room.as_slice());
        // One long object does not hold its room for ever.
        self.room.shrink_to(64 * 1024);
        packed
    }

    fn unpack(&mut self, packed: &[u8]) -> Option<Vec<u8>> {
        let (length, packed) = packed.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length);
        if length == u32::MAX {
            return Some(packed.to_vec());
        }
        let length = usize::try_from(length).ok()?;
        if length > LONGEST_OBJECT {
            return None;
        }
        self.decompress.reset(false);
        let mut text = Vec::with_capacity(length + 1);
        let end = self
            .decompress
            .decompress_vec(packed, &mut text, FlushDecompress::Finish);
        (matches!(end, Ok(Status::StreamEnd)) && text.len() == length).then_some(text)
    }
}

#[cfg(test)]
mod tests;
