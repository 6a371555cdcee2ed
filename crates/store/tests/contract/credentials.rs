//! Tokens, API keys and what is registered over REST.

use serde_json::json;
use squall_model::Object;
use squall_model::identity::{ApiKey, Token};
use squall_model::record::{Record, Resource, ResourceKind};

use crate::on_every_store;
use crate::sample::{id, object, time};

fn token(number: u32) -> Token {
    Token {
        id: id(number),
        user: "ann".to_owned(),
        hash: format!("{number:0128x}"),
        expires_at: time(number.into()),
        metadata: object(json!({"source": "10.0.0.1"})),
        service: number.is_multiple_of(2),
    }
}

fn api_key(number: u32) -> ApiKey {
    ApiKey {
        id: id(number),
        user: "ann".to_owned(),
        hash: format!("{number:0128x}"),
        metadata: Object::new(),
        created_at: time(i64::from(100 - number)),
        enabled: true,
    }
}

fn resource(kind: ResourceKind, reference: &str) -> Resource {
    Resource {
        kind,
        reference: reference.to_owned(),
        body: json!({"z": 1, "a": {"list": [1, 2, 3]}}),
        replaces: None,
    }
}

#[tokio::test]
async fn tokens_are_found_by_their_hash() {
    on_every_store(async |world| {
        for number in 1..=3 {
            world.record([Record::Token(token(number))]).await;
        }
        for number in 1..=3 {
            let read = world.store.token(token(number).hash).await.unwrap();
            assert_eq!(read, Some(token(number)));
        }
        world.record([Record::TokenDeleted(id(2))]).await;
        assert_eq!(world.store.token(token(2).hash).await.unwrap(), None);
        world.record([Record::Expired(time(1))]).await;
        assert_eq!(world.store.token(token(1).hash).await.unwrap(), None);
        let read = world.store.token(token(3).hash).await.unwrap();
        assert_eq!(read, Some(token(3)));
        let unknown = world.store.token(String::new()).await.unwrap();
        assert_eq!(unknown, None);
    })
    .await;
}

#[tokio::test]
async fn api_keys_are_replaced_by_id() {
    on_every_store(async |world| {
        for number in 1..=3 {
            world.record([Record::ApiKey(api_key(number))]).await;
        }
        let disabled = ApiKey {
            enabled: false,
            metadata: object(json!({"why": "leaked"})),
            ..api_key(2)
        };
        world.record([Record::ApiKey(disabled.clone())]).await;
        world.record([Record::ApiKeyDeleted(id(3))]).await;
        let all = world.store.api_keys().await.unwrap();
        assert_eq!(all, [disabled.clone(), api_key(1)]);
        let read = world.store.api_key(api_key(2).hash).await.unwrap();
        assert_eq!(read, Some(disabled));
        let gone = world.store.api_key(api_key(3).hash).await.unwrap();
        assert_eq!(gone, None);
        let twin = ApiKey {
            hash: api_key(1).hash,
            ..api_key(4)
        };
        assert!(world.commit([Record::ApiKey(twin)]).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn resources_are_replaced_by_kind_and_reference() {
    on_every_store(async |world| {
        let rule = resource(ResourceKind::Rule, "labs.notify");
        let config = resource(ResourceKind::Config, "labs");
        let action = resource(ResourceKind::Action, "labs.notify");
        let all = [&rule, &config, &action];
        world
            .record(all.map(|one| Record::Resource(one.clone())))
            .await;
        let newer = Resource {
            body: json!(null),
            replaces: Some("digest".to_owned()),
            ..rule.clone()
        };
        world.record([Record::Resource(newer.clone())]).await;
        let read = world.store.resources().await.unwrap();
        assert_eq!(read, [action.clone(), config, newer]);
        let deleted = Record::ResourceDeleted {
            kind: ResourceKind::Action,
            reference: action.reference,
        };
        world.record([deleted]).await;
        assert_eq!(world.store.resources().await.unwrap().len(), 2);
    })
    .await;
}
