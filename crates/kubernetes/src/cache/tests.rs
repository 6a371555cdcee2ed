//! What `cache` promises, by data.

use super::*;

fn pod(name: &str, version: u32, text: &str) -> Json {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "uid": "u1", "resourceVersion": version.to_string()},
        "spec": {"text": text},
    })
}

fn put(cache: &mut Cache, object: &Json) -> Kept {
    cache.put(&Mark::of(object).unwrap(), object)
}

#[test]
fn objects_come_back_as_they_were() {
    let noise: String = (0..5000_u32)
        .filter_map(|number| char::from_u32(number.wrapping_mul(2_654_435_761) % 60_000))
        .collect();
    let texts = [String::new(), "a".repeat(100_000), noise];
    let mut cache = Cache::new(Keep::Objects);
    for (version, text) in (1..).zip(&texts) {
        let object = pod("a", version, text);
        let kept = put(&mut cache, &object);
        assert_eq!(cache.unpack(&kept), Some(object));
        assert_eq!(cache.get("shop/a"), Some(&kept));
    }
    assert_eq!(cache.len(), 1);
}

#[test]
fn a_typical_pod_shrinks_to_a_third() {
    let container = |name: &str| {
        json!({"name": name, "image": "registry.example.com/shop/web:1.2.3",
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}, "terminationMessagePath": "/dev/termination-log",
        "volumeMounts": [{"name": "kube-api-access", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]})
    };
    let mut object = pod("web-6d4cf56db6-abcde", 1, "");
    let containers = ["a", "b", "c", "d"].map(container);
    object["spec"] = json!({"containers": containers});
    let text = object.to_string();
    let mut cache = Cache::new(Keep::Objects);
    put(&mut cache, &object);
    let packed = cache.packed_bytes();
    assert!(packed * 3 < text.len(), "{packed} of {}", text.len());
}

#[test]
fn only_the_version_is_kept_where_nothing_is_compared() {
    let mut cache = Cache::new(Keep::Versions);
    let kept = put(&mut cache, &pod("a", 7, "text"));
    assert_eq!(kept.object, None);
    let known = json!({"apiVersion": "v1", "kind": "Pod", "metadata":
        {"name": "a", "uid": "u1", "resourceVersion": "7", "namespace": "shop"}});
    assert_eq!(cache.unpack_or_name(&Kind::POD, &kept), known);
}

#[test]
fn damaged_memory_is_no_object() {
    let mut cache = Cache::new(Keep::Objects);
    let kept = put(&mut cache, &pod("a", 7, "text"));
    let whole = kept.object.clone().unwrap();
    let damaged = [
        Vec::new(),
        vec![1, 2, 3],
        vec![0xff; 4],
        whole[..whole.len() - 1].to_vec(),
        [&[0xff, 0xff, 0xff, 0x7f], &whole[4..]].concat(),
        [&[1, 0, 0, 0], &whole[4..]].concat(),
    ];
    for bytes in damaged {
        let kept = Kept {
            object: Some(bytes.as_slice().into()),
            ..kept.clone()
        };
        assert_eq!(cache.unpack(&kept), None, "{bytes:?}");
    }
    assert!(cache.unpack(&kept).is_some());
}

#[test]
fn what_a_listing_does_not_mention_is_found() {
    let mut cache = Cache::new(Keep::Versions);
    for name in ["a", "b"] {
        put(&mut cache, &pod(name, 1, ""));
    }
    assert!(cache.unmentioned().is_empty());
    cache.begin_listing();
    cache.mention("shop/b");
    put(&mut cache, &pod("c", 2, ""));
    assert_eq!(cache.unmentioned(), ["shop/a".into()]);
    cache.remove("shop/a");
    assert!(cache.unmentioned().is_empty());
}
