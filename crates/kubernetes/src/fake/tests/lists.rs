//! Lists: pages, versions, forms.

use super::*;

async fn with_maps(names: &[&str]) -> Fake {
    let fake = started().await;
    for name in names {
        fake.fake.put(config_map(name, "1")).unwrap();
    }
    fake
}

#[tokio::test]
async fn pages_show_one_version_until_it_expires() {
    let fake = with_maps(&["a", "b", "c", "d"]).await;
    let page = |next: Option<&Value>| {
        let ask = Ask::get(CONFIG_MAPS).query("limit", "2");
        match next {
            Some(next) => ask.query("continue", next.as_str().unwrap()),
            None => ask,
        }
    };
    let first = fake.json(page(None)).await;
    assert_eq!(names(&first), ["a", "b"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 2);
    let next = &first["metadata"]["continue"];
    fake.fake.put(config_map("bb", "new")).unwrap();
    fake.fake.remove("ConfigMap", "default", "c").unwrap();
    let second = fake.json(page(Some(next))).await;
    assert_eq!(names(&second), ["c", "d"], "as it was when the list began");
    assert_eq!(
        second["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
    assert_eq!(second["metadata"].get("continue"), None);
    fake.fake.compact();
    assert_eq!(
        fake.refusal(page(Some(next))).await,
        (410, "Expired".to_owned())
    );
    let wrong = Ask::get(CONFIG_MAPS).query("continue", "x");
    assert_eq!(fake.refusal(wrong).await.0, 400);
}

#[tokio::test]
async fn a_list_can_ask_for_a_version() {
    let fake = with_maps(&["a", "b"]).await;
    let now = fake.json(Ask::get(CONFIG_MAPS)).await;
    let version = now["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_owned();
    fake.fake.put(config_map("c", "1")).unwrap();
    let at = |version: &str, matching: &str| {
        Ask::get(CONFIG_MAPS)
            .query("resourceVersion", version)
            .query("resourceVersionMatch", matching)
    };
    assert_eq!(names(&fake.json(at(&version, "Exact")).await), ["a", "b"]);
    assert_eq!(
        names(&fake.json(at(&version, "NotOlderThan")).await),
        ["a", "b", "c"]
    );
    assert_eq!(
        names(&fake.json(at("0", "NotOlderThan")).await),
        ["a", "b", "c"]
    );
    assert_eq!(
        fake.refusal(at("9999", "NotOlderThan")).await,
        (504, "Timeout".to_owned())
    );
    assert_eq!(fake.refusal(at("x", "Exact")).await.0, 400);
    fake.fake.compact();
    assert_eq!(
        fake.refusal(at(&version, "Exact")).await,
        (410, "Expired".to_owned())
    );
}

#[tokio::test]
async fn objects_are_shown_in_the_form_that_is_asked_for() {
    let fake = with_maps(&["a"]).await;
    for (form, kind) in [
        ("application/json;as=Table;g=meta.k8s.io;v=v1", "Table"),
        (
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
            "PartialObjectMetadataList",
        ),
        ("application/json", "ConfigMapList"),
    ] {
        let mut stream = fake.connect().await;
        let head = format!(
            "GET {CONFIG_MAPS} HTTP/1.1\r\nHost: fake\r\nAccept: {form}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let body = text.split_once("\r\n\r\n").unwrap().1;
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["kind"], kind, "{form}");
    }
}

#[tokio::test]
async fn kinds_are_found_in_one_answer_or_in_many() {
    let fake = started().await;
    let definition = json!({
        "metadata": {"name": "crontabs.stable.example.com"},
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"kind": "CronTab", "plural": "crontabs", "shortNames": ["ct"]},
            "versions": [{"name": "v1beta1", "served": true}, {"name": "v1", "served": true}],
        },
    });
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    fake.post(definitions, definition).await;
    let get = async |path: &str, accept: &str| -> Value {
        let mut stream = fake.connect().await;
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: fake\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-type: {accept}\r\n")),
            "{head}"
        );
        serde_json::from_str(body).unwrap()
    };
    let plain = "application/json";
    let mut many = Vec::new();
    let groups = get("/apis", plain).await;
    let groups = groups["groups"].as_array().unwrap();
    for version in groups
        .iter()
        .flat_map(|group| group["versions"].as_array().unwrap())
    {
        let version = version["groupVersion"].as_str().unwrap();
        let list = get(&format!("/apis/{version}"), plain).await;
        for resource in list["resources"].as_array().unwrap() {
            many.push(format!(
                "{version} {} {}",
                resource["name"].as_str().unwrap(),
                resource["verbs"]
            ));
        }
    }
    let mut one = Vec::new();
    let found = get(
        "/apis",
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    )
    .await;
    for group in found["items"].as_array().unwrap() {
        for version in group["versions"].as_array().unwrap() {
            let name = format!(
                "{}/{}",
                group["metadata"]["name"].as_str().unwrap(),
                version["version"].as_str().unwrap()
            );
            for resource in version["resources"].as_array().unwrap() {
                let plural = resource["resource"].as_str().unwrap();
                one.push(format!("{name} {plural} {}", resource["verbs"]));
                for below in resource["subresources"].as_array().unwrap() {
                    one.push(format!(
                        "{name} {plural}/{} {}",
                        below["subresource"].as_str().unwrap(),
                        below["verbs"]
                    ));
                }
            }
        }
    }
    assert_eq!(one, many);
    assert!(
        one.iter()
            .any(|line| line.starts_with("stable.example.com/v1 crontabs [")),
        "{one:?}"
    );
}

#[tokio::test]
async fn the_server_says_what_it_has() {
    let fake = started().await;
    let core = fake.json(Ask::get("/api/v1")).await;
    let resources = core["resources"].as_array().unwrap();
    let find = |name: &str| {
        resources
            .iter()
            .find(|resource| resource["name"] == name)
            .unwrap()
    };
    assert_eq!(find("pods")["shortNames"], json!(["po"]));
    assert_eq!(find("pods")["verbs"].as_array().unwrap().len(), 8);
    assert_eq!(find("pods/eviction")["group"], "policy");
    assert_eq!(find("nodes")["namespaced"], false);
    let groups = fake.json(Ask::get("/apis")).await;
    let groups = groups["groups"].as_array().unwrap();
    let apps = groups.iter().find(|group| group["name"] == "apps").unwrap();
    assert_eq!(apps["preferredVersion"]["groupVersion"], "apps/v1");
    for path in ["/api", "/apis/apps", "/apis/apps/v1", "/version"] {
        assert!(fake.json(Ask::get(path)).await.is_object(), "{path}");
    }
    for path in ["/healthz", "/readyz", "/livez"] {
        assert_eq!(fake.ask(Ask::get(path)).await.body, b"ok", "{path}");
    }
    for path in ["/apis/none", "/apis/none/v1", "/api/v2", "/none"] {
        assert_eq!(fake.refusal(Ask::get(path)).await.0, 404, "{path}");
    }
}
