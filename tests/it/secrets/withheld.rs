//! Which texts of a server are withheld, because they repeat the secret of a webhook.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use port_webhooks::{NewWebhook, Webhooks};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{PAGE_URL, client_at};

const WITHHELD: &str = "[withheld: it repeats a secret]";

/// A server whose error message is the title of the webhook that it rejects.
async fn echo() -> (MockServer, Webhooks) {
    let server = MockServer::start().await;
    let echo = |request: &Request| {
        let webhook: Value = request.body_json().unwrap();
        ResponseTemplate::new(422).set_body_json(json!({ "ok": false, "message": webhook["title"] }))
    };
    Mock::given(wiremock::matchers::any()).respond_with(echo).mount(&server).await;
    let hooks = client_at(&server.uri()).build().unwrap().webhooks();
    (server, hooks)
}

/// The message of the error when a webhook with this secret is rejected with this text.
async fn message(hooks: &Webhooks, text: &str, secret: &str) -> String {
    let webhook = NewWebhook::subscription("a", PAGE_URL).events(["run.created"]).title(text).secret(secret);
    hooks.create(webhook).await.unwrap_err().message().unwrap_or_default().to_owned()
}

async fn assert_withheld(secret: &str, texts: &[&str]) {
    let (_server, hooks) = echo().await;
    for text in texts {
        assert_eq!(message(&hooks, &format!("no: <{text}>"), secret).await, WITHHELD, "{text}");
    }
}

async fn assert_shown(secret: &str, texts: &[&str]) {
    let (_server, hooks) = echo().await;
    for text in texts {
        assert_eq!(message(&hooks, text, secret).await, *text, "{secret:?}");
    }
}

#[tokio::test]
async fn escaped_secret_is_withheld() {
    let written = [
        r#"pä"ss\word/1 2"#,
        r#"PÄ"SS\WORD/1 2"#.replace('Ä', "ä").as_str(),
        r#"pä\"ss\\word/1 2"#,
        r#"p\u00e4\"ss\\word/1 2"#,
        "p%C3%A4%22ss%5Cword%2F1+2",
        "p%C3%A4%22ss%5Cword%2F1%202",
        "p%c3%a4%22ss%5cword%2f1%202",
        "%70%C3%A4%22%73%73%5C%77%6F%72%64%2F%31%20%32",
        r"pä&quot;ss\word/1 2",
        "70c3a42273735c776f72642f312032",
        "70C3A42273735C776F72642F312032",
        r"p\u00E4\u0022ss\\word\/1 2",
        r"\u0070\u00e4\u0022\u0073\u0073\u005c\u0077\u006f\u0072\u0064\u002f\u0031\u0020\u0032",
        r#"pä\\\"ss\\\\word/1 2"#,
        "p%25C3%25A4%2522ss%255Cword%252F1%2B2",
        "p%C3%A4%5C%22ss%5C%5Cword%2F1+2",
        r"p&#228;&#34;ss\word&#x2F;1 2",
        r"p&amp;#228;&amp;quot;ss\word/1 2",
        r"pä\&quot;ss\\word/1 2",
        "70c3a45c2273735c5c776f72642f312032",
    ]
    .map(str::to_owned);
    assert_withheld(r#"pä"ss\word/1 2"#, &written.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn secret_that_looks_escaped_is_withheld() {
    let secret = r"C:\new%41&lt;é";
    let written = [
        secret,
        r"C:\\new%41&lt;é",
        r"C:\\new%41&lt;\u00e9",
        "C%3A%5Cnew%2541%26lt%3B%C3%A9",
        r"C:\new%41&amp;lt;é",
        r"C:\\new%41&amp;lt;&#233;",
    ];
    assert_withheld(secret, &written).await;
}

#[tokio::test]
async fn secret_in_base64_is_withheld_alone_and_within_more() {
    let secret = "s3cret-\u{ff}~?>";
    let mut texts = Vec::new();
    for before in ["", "a", "id:", "user"] {
        for after in ["", "z", "zz", "zzz"] {
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                texts.push(engine.encode(format!("{before}{secret}{after}")));
            }
        }
    }
    assert_withheld(secret, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn secret_of_control_characters_and_emoji_is_withheld() {
    let written = ["a\u{1f600}\nbc", r"a\ud83d\ude00\nbc", r"a\\uD83D\\uDE00\\u000abc", "a%F0%9F%98%80%0Abc"];
    assert_withheld("a\u{1f600}\nbc", &written).await;
}

#[tokio::test]
async fn secret_of_words_is_withheld_across_lines() {
    let written = ["correct horse battery", "correct\nhorse battery", "correct  horse\r\n\tbattery"];
    assert_withheld("correct horse battery", &written).await;
    let written = ["pass  wo\nrd!", "pass wo rd!", r"pass  wo\nrd!", "pass++wo%0Ard%21"];
    assert_withheld("pass  wo\nrd!", &written).await;
}

#[tokio::test]
async fn credential_is_withheld_without_its_scheme() {
    assert_withheld("Bearer abcdef123456", &["token abcdef123456 rejected", "Bearer abcdef123456"]).await;
    assert_shown("Bearer abcdef123456", &["Bearer tokens only", "abcdef"]).await;
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl";
    assert_withheld(jwt, &["c2lnbmF0dXJl", "eyJzdWIiOiI0MiJ9", &jwt.to_uppercase()]).await;
}

#[tokio::test]
async fn start_of_a_secret_is_shown() {
    assert_shown("pä\"\\ss", &["p%", "p%C3", r"p\u00", "pä&quot", "pä\\", "p&#", "p&#x"]).await;
}

#[tokio::test]
async fn short_secret_is_withheld_as_a_word_only() {
    assert_withheld("abc", &[r#"{"secret":"abc"} abcd"#, "abc"]).await;
    assert_shown("abc", &["abcd cab", "ab c"]).await;
}

#[tokio::test]
async fn secret_of_white_space_or_signs_withholds_nothing() {
    for secret in [" ", "    ", "\n", "\t\t\t\t\t\t", " \u{a0} \u{2003} ", "-", " .", "\\\\\\\\", "++++++"] {
        assert_shown(secret, &["the title - 'a b' - is too long.", r#"no "x\\\\\\y" here"#]).await;
    }
}

#[tokio::test]
async fn page_becomes_a_short_line() {
    let (_server, hooks) = echo().await;
    let line = message(&hooks, &format!("<html>\r\n\u{1b}[31m  {}", "é".repeat(500)), "s3cret").await;
    assert_eq!(line.chars().count(), 301);
    assert!(line.starts_with("<html> [31m éé") && line.ends_with('…'), "{line}");
}

/// Texts that would take very long without a limit: one prefix of an escape over and over.
#[tokio::test]
async fn text_of_megabytes_becomes_a_short_line() {
    let (_server, hooks) = echo().await;
    for letter in ["\\", " ", "%25", "&#0", "\u{0}", "x", "\\u005c", "s3cre"] {
        for secret in ["s3cret-value with words", "  x  "] {
            let text = letter.repeat(1024 * 1024 / letter.len());
            assert!(message(&hooks, &text, secret).await.chars().count() <= 301);
        }
    }
}
