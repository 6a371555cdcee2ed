//! The services' own published examples, and everything that must be refused.

use super::*;

const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_micros(NOW * 1_000_000)
}

fn asked(
    scheme: &Scheme,
    secrets: &[&str],
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Genuine, Refusal> {
    at(now(), scheme, secrets, headers, body)
}

fn at(
    now: Timestamp,
    scheme: &Scheme,
    secrets: &[&str],
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Genuine, Refusal> {
    let keys: Vec<Key> = secrets
        .iter()
        .map(|secret| Key::read(secret, scheme).unwrap())
        .collect();
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    };
    let shown = Shown {
        header: &header,
        body,
    };
    check(scheme, &keys, &shown, (now, Duration::from_secs(300)))
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

const GITHUB: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
const GITHUB_SECRET: &str = "It's a Secret to Everybody";

#[test]
fn github_signs_the_body() {
    let scheme = Scheme::named("github").unwrap();
    let headers = [("x-hub-signature-256", GITHUB)];
    let genuine = asked(&scheme, &[GITHUB_SECRET], &headers, b"Hello, World!").unwrap();
    assert_eq!(genuine.signed_at, None);
    // As it is read from a file, and with another secret that is on its way out.
    let secrets = ["another", "It's a Secret to Everybody\r\n"];
    let rotated = asked(&scheme, &secrets, &headers, b"Hello, World!");
    assert_eq!(rotated, Ok(genuine));
}

const SLACK_BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&\
    channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&\
    command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F\
    T1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
    trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

#[test]
fn slack_signs_the_time_too() {
    let scheme = Scheme::named("slack").unwrap();
    let headers = |time| {
        let code = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        [
            ("x-slack-signature", code),
            ("x-slack-request-timestamp", time),
        ]
    };
    let ask = |at_seconds, time| {
        let secrets = ["8f742231b10e8888abcd99yyyzzz85a5"];
        at(
            seconds(at_seconds),
            &scheme,
            &secrets,
            &headers(time),
            SLACK_BODY.as_bytes(),
        )
    };
    let signed = 1_531_420_618;
    for moment in [signed - 300, signed, signed + 300] {
        let genuine = ask(moment, "1531420618").unwrap();
        assert_eq!(genuine.signed_at, Some(seconds(signed)));
    }
    for moment in [signed - 301, signed + 301] {
        assert_eq!(ask(moment, "1531420618"), Err(Refusal::Stale(300)));
    }
    // Another time is another content.
    assert_eq!(ask(signed, "1531420619"), Err(Refusal::Wrong));
}

#[test]
fn stripe_has_both_in_one_header() {
    let scheme = Scheme::named("stripe").unwrap();
    let code = "6ea48b3e2b3c7b1c";
    // Made with Python's hmac.
    let right = "482e6337ac5272392d375c6fdc4d52a7e615dc2facedab0ffe155ddfd6a56e66";
    let ask = |header: &str| {
        asked(
            &scheme,
            &["whsec_test"],
            &[("stripe-signature", header)],
            b"{}",
        )
    };
    for header in [
        format!("t={NOW},v1={right}"),
        format!("t={NOW}, v1={code}, v1={right}, v0={code}"),
    ] {
        assert_eq!(
            ask(&header).unwrap().signed_at,
            Some(seconds(NOW)),
            "{header}"
        );
    }
    let form = |prefix: &str| {
        Err(Refusal::Form(
            "stripe-signature".to_owned(),
            prefix.to_owned(),
        ))
    };
    assert_eq!(ask(&format!("v1={right}")), form("t="));
    assert_eq!(ask(&format!("t={NOW},t=1,v1={right}")), form("t="));
    assert_eq!(ask(&format!("t={NOW},v0={right}")), form("v1="));
    assert_eq!(ask(&format!("t={NOW},v1=zz")), form("v1="));
    assert_eq!(ask(""), form("v1="));
}

#[test]
fn standard_webhooks_sign_the_id_too() {
    let scheme = Scheme::named("standard").unwrap();
    let ask = |id| {
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", "1614265330"),
            (
                "webhook-signature",
                "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1a,x",
            ),
        ];
        let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
        at(
            seconds(1_614_265_330),
            &scheme,
            &secrets,
            &headers,
            b"{\"test\": 2432232314}",
        )
    };
    assert!(ask("msg_p5jXN8AQM9LWM0D4loKWxJek").is_ok());
    assert_eq!(ask("msg_other"), Err(Refusal::Wrong));
}

#[test]
fn gitlab_shows_the_secret() {
    let scheme = Scheme::named("gitlab").unwrap();
    let ask = |token| asked(&scheme, &["s3cret"], &[("x-gitlab-token", token)], b"{}");
    assert!(ask("s3cret").is_ok());
    for wrong in ["s3cre", "s3crets", "S3cret"] {
        assert_eq!(ask(wrong), Err(Refusal::Wrong), "{wrong}");
    }
}

#[test]
fn any_header_digest_and_encoding() {
    // Made with Python's hmac.
    let sha512 = Scheme {
        digest: Digest::Sha512,
        encoding: Encoding::Base64,
        ..Scheme::of_header("X-Code")
    };
    let code =
        "75vDh+CE8G3cNxCnm7MOv/nxeRAkEj8GpZTCLqld5cIKH2NtSXy0CjtMRKzuUT00e44e36SO3s/qqh/gTYPkvA==";
    let ask = |scheme, code| asked(scheme, &["shpss"], &[("x-code", code)], b"hello");
    assert!(ask(&sha512, code).is_ok());
    assert!(ask(&sha512, code.trim_end_matches('=')).is_ok());
    let sha1 = Scheme {
        digest: Digest::Sha1,
        signature: Field::new("X-Code", "sha1="),
        ..Scheme::of_header("")
    };
    assert!(ask(&sha1, "sha1=003d3512406da30480296734c36feff3eed3acd4").is_ok());
    assert!(ask(&sha1, "sha1=003D3512406DA30480296734C36FEFF3EED3ACD4").is_ok());
    assert!(ask(&sha1, "003d3512406da30480296734c36feff3eed3acd4").is_err());
}

#[test]
fn whatever_is_changed_is_refused() {
    let scheme = Scheme::named("github").unwrap();
    let ask = |secret: &str, code: &str, body: &[u8]| {
        let done = asked(
            &scheme,
            &[secret, "second"],
            &[("x-hub-signature-256", code)],
            body,
        );
        done.unwrap_err()
    };
    assert_eq!(ask("other", GITHUB, b"Hello, World!"), Refusal::Wrong);
    assert_eq!(ask(GITHUB_SECRET, GITHUB, b"Hello, World?"), Refusal::Wrong);
    assert_eq!(ask(GITHUB_SECRET, GITHUB, b""), Refusal::Wrong);
    for position in 7..GITHUB.len() {
        let mut code = GITHUB.to_owned();
        let other = if GITHUB.as_bytes()[position] == b'0' {
            "1"
        } else {
            "0"
        };
        code.replace_range(position..=position, other);
        assert_eq!(
            ask(GITHUB_SECRET, &code, b"Hello, World!"),
            Refusal::Wrong,
            "{code}"
        );
    }
    // A beginning of the right code, or nothing of it, is not the code.
    for code in ["sha256=75", "sha256=7571"] {
        assert_eq!(ask(GITHUB_SECRET, code, b"Hello, World!"), Refusal::Wrong);
    }
    let form = Refusal::Form("x-hub-signature-256".to_owned(), "sha256=".to_owned());
    for code in ["", "sha256=7", "sha256=x", "sha1=75", "7571"] {
        assert_eq!(
            ask(GITHUB_SECRET, code, b"Hello, World!"),
            form.clone(),
            "{code}"
        );
    }
    let none = asked(&scheme, &[GITHUB_SECRET], &[], b"Hello, World!");
    assert_eq!(
        none,
        Err(Refusal::Missing("x-hub-signature-256".to_owned()))
    );
    let no_keys = asked(
        &scheme,
        &[],
        &[("x-hub-signature-256", GITHUB)],
        b"Hello, World!",
    );
    assert_eq!(no_keys, Err(Refusal::Wrong));
}

#[test]
fn the_content_has_the_same_name_whatever_is_not_signed() {
    let scheme = Scheme::named("github").unwrap();
    let name = |body: &[u8], secret: &str| {
        let code = hex(&coded::<Hmac<Sha256>>(
            &Key::read(secret, &scheme).unwrap(),
            &[body],
        ));
        let header = format!("sha256={code}");
        let headers = [("x-hub-signature-256", header.as_str())];
        asked(&scheme, &["a", "b"], &headers, body).unwrap().content
    };
    assert_eq!(name(b"x", "a"), name(b"x", "b"));
    assert_ne!(name(b"x", "a"), name(b"y", "a"));
}

#[test]
fn a_time_is_digits() {
    for text in [
        "",
        "-1",
        "+1800000000",
        "1800000000.0",
        "now",
        "99999999999999999999999",
    ] {
        assert_eq!(
            fresh(text, now(), Duration::MAX),
            Err(Refusal::Timestamp),
            "{text}"
        );
    }
}

#[test]
fn secrets_are_never_empty_and_never_shown() {
    let scheme = Scheme::named("standard").unwrap();
    let read = |text| Key::read(text, &scheme).map(|key| key.0);
    assert_eq!(read("\n"), Err(NotAKey::Empty));
    assert_eq!(read("whsec_"), Err(NotAKey::Empty));
    assert_eq!(read("whsec_?"), Err(NotAKey::NotBase64));
    assert_eq!(read("whsec_AAE="), Ok(vec![0, 1]));
    let key = Key::read("hunter2", &scheme).unwrap();
    assert_eq!(format!("{key:?}"), "Key(..)");
}

#[test]
fn what_is_signed_is_read() {
    assert_eq!(
        scheme::signed("v0:{timestamp}:{body}").unwrap(),
        Scheme::named("slack").unwrap().signed
    );
    assert_eq!(scheme::signed("{body}").unwrap(), [Part::Body]);
    assert!(scheme::signed("{timestamp}").is_err());
    assert!(scheme::signed("{body}{secret}").is_err());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
