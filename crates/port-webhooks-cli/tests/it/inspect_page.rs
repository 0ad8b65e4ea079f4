//! `--inspect`: the page in a browser.
#![cfg(unix)]

use std::ops::RangeInclusive;

use crate::inspecting::{inspected, inspected_fake};
use crate::listening::{post, send, signed};
use crate::support::browser::Browser;
use crate::support::receiver::answering;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
const CHANGE: &str = r#"{"action":"UPDATE","resourceType":"entity","context":{"entity":"pay","blueprint":"svc"},
    "diff":{"before":{"replicas":1},"after":{"replicas":2,"note":"<img src=x onerror=alert(1)>"}}}"#;

/// Posts the events `event.1`, `event.2` and so on.
fn post_events(address: &str, numbers: RangeInclusive<u32>) {
    for number in numbers {
        post(address, "", format!(r#"{{"event":"event.{number}"}}"#).as_bytes());
    }
}

#[test]
fn delivery_appears_in_the_page_and_can_be_sent_again() {
    let directory = tempfile::tempdir().unwrap();
    let (to, receiver) = answering(OK);
    let forward = ["--secret-from-env", "SECRET", "--forward-to", &to.to_string()];
    let (_running, page, address) = inspected(directory.path(), &forward);
    let Some(mut browser) = Browser::open(&format!("http://{page}/")) else { return };
    browser.until("document.getElementById('connection').innerText === 'live'");
    assert_eq!(browser.text("#empty"), "Nothing has arrived yet.");
    post(&address, &signed(directory.path(), CHANGE, &[]), CHANGE.as_bytes());
    receiver.join().unwrap();
    assert_eq!(browser.text("#detail h2"), "change: UPDATE entity svc/pay");
    assert_eq!(browser.text("#detail .badges .good"), "verified");
    let changes = browser.text("#detail .lines");
    assert!(
        changes.contains("~ replicas: 1 -> 2") && changes.contains("<img src=x onerror=alert(1)>"),
        "{changes}"
    );
    assert!(browser.text("#list").contains("200 OK"));
    assert_eq!(browser.value("document.images.length"), 0);
    assert!(browser.text("#announcer").starts_with("change: UPDATE entity svc/pay, verified, 200 OK"));

    post(&address, "", CHANGE.as_bytes());
    browser.until("document.querySelectorAll('#list li').length === 2");
    browser.click("rejected: header missing");
    assert!(browser.text("#detail .badges").contains("401 Unauthorized"));
    // Nobody listens at the target any more.
    browser.click("Send again, signed anew");
    browser
        .until(&format!("sent.innerText === 'Not sent: http://{to} cannot be reached: connection refused'"));
    browser.until("document.querySelectorAll('#list li').length === 3");
    browser.click("Copy as curl");
    let copied = browser.until("document.getElementById('sent').innerText.startsWith('Copied') || document.getElementById('curl').open");
    assert_eq!(copied, true);
    assert_eq!(
        browser.logged.iter().filter(|entry| !entry.contains(r#""source":"network""#)).count(),
        0,
        "{:?}",
        browser.logged
    );
}

#[test]
fn page_filters_and_searches() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &["--secret-from-env", "SECRET"]);
    for body in [r#"{"event":"run.created"}"#, r#"{"event":"run.completed","note":"needle"}"#, CHANGE] {
        post(&address, &signed(directory.path(), body, &[]), body.as_bytes());
    }
    post(&address, "", CHANGE.as_bytes());
    let Some(mut browser) = Browser::open(&format!("http://{page}/")) else { return };
    browser.until("document.getElementById('count').innerText === '4 entries'");
    browser.press("/");
    assert_eq!(browser.value("document.activeElement.id"), "search");
    for key in ["N", "e", "e", "d"] {
        browser.press(key);
    }
    browser.until("document.getElementById('count').innerText === '1 of 4 entries'");
    assert!(browser.text("#list").contains("run.completed"));
    let filter = |value: &str| {
        format!(
            "search.value = ''; filter.value = '{value}'; filter.dispatchEvent(new Event('change')); count.innerText"
        )
    };
    assert_eq!(browser.value(&filter("rejected")), "1 of 4 entries");
    assert_eq!(browser.value(&filter("verified")), "3 of 4 entries");
    assert_eq!(browser.value(&filter("failed")), "0 of 4 entries");
    assert_eq!(browser.text("#empty"), "No entry matches.");
    assert_eq!(browser.value(&filter("all")), "4 entries");
}

#[test]
fn page_works_by_keyboard() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &[]);
    post_events(&address, 1..=3);
    let Some(mut browser) = Browser::open(&format!("http://{page}/")) else { return };
    browser.until("document.querySelectorAll('#list li').length === 3");
    // Of those that had arrived before, the newest is selected. The list is one stop of the Tab key.
    assert_eq!(browser.text("#detail h2"), "event.3");
    assert_eq!(browser.value("document.querySelectorAll('#list [tabindex=\"0\"]').length"), 1);
    for (key, title) in
        [("Home", "event.3"), ("ArrowDown", "event.2"), ("End", "event.1"), ("ArrowUp", "event.2")]
    {
        browser.press(key);
        assert_eq!(browser.text("#detail h2"), title, "{key}");
        assert!(browser.text("#list button:focus").starts_with(title), "{key}");
    }
    browser.press("Enter");
    browser.until("document.activeElement.id === 'detail'");
    browser.press("Escape");
    assert!(browser.text("#list button:focus").starts_with("event.2"));
    browser.press("?");
    browser.until("document.getElementById('keys').open");
    browser.click("Close");
    browser.until("!document.getElementById('keys').open");
    // Only what is visible is copied.
    browser.size(400, 800);
    browser.until("!document.getElementById('detail').offsetParent");
    browser.press("c");
    assert_eq!(browser.value("sent.textContent"), "");
    browser.size(1200, 760);
    browser.until("document.getElementById('detail').offsetParent");
    browser.press("c");
    browser.until("sent.textContent || document.getElementById('curl').open");
}

#[test]
fn page_fits_400_pixels_in_light_and_dark() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &[]);
    let long = format!(r#"{{"event":"{}","{}":"{}"}}"#, "e".repeat(300), "k".repeat(300), "v".repeat(900));
    post(&address, &format!("X-{0}: {0}\r\n", "h".repeat(300)), long.as_bytes());
    let Some(mut browser) = Browser::open(&format!("http://{page}/")) else { return };
    browser.size(400, 800);
    browser.until("document.querySelectorAll('#list li').length === 1");
    let fits = "[...document.querySelectorAll('body, #list, #detail')].every((part) => part.scrollWidth <= 400 && part.scrollWidth <= part.clientWidth + 1)";
    assert_eq!(browser.value(fits), true);
    browser.click("not verified");
    browser.until("document.querySelector('.left').offsetParent === null");
    assert_eq!(browser.value(fits), true);
    browser.click("Back to the list");
    browser.until("document.querySelector('.left').offsetParent !== null");
    let contrast = "(() => {
        const light = (color) => {
            const parts = color.match(/[\\d.]+/g).slice(0, 3).map((part) => {
                const share = part / 255;
                return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const back = (part) => {
            const color = getComputedStyle(part).backgroundColor;
            return color === 'rgba(0, 0, 0, 0)' ? back(part.parentElement) : color;
        };
        document.getAnimations().forEach((animation) => animation.finish());
        return Math.min(...[...document.querySelectorAll('h1, p, button, .badge, time, .target, output')]
            .filter((part) => part.offsetParent && part.innerText)
            .map((part) => [light(getComputedStyle(part).color), light(back(part))].sort((one, other) => other - one))
            .map(([lighter, darker]) => (lighter + 0.05) / (darker + 0.05)));
    })()";
    let mut backs = Vec::new();
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        backs.push(browser.value("getComputedStyle(document.body).backgroundColor"));
        let contrast = browser.value(contrast).as_f64().unwrap();
        assert!(contrast >= 4.5, "{scheme}: {contrast}");
    }
    assert_ne!(backs[0], backs[1]);
}

#[test]
fn screen_reader_gets_a_name_for_everything() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &[]);
    post(&address, "", CHANGE.as_bytes());
    let Some(mut browser) = Browser::open(&format!("http://{page}/")) else { return };
    browser.text("#detail h2");
    let mut named = browser.announced(&["button", "searchbox", "combobox", "region", "table"]);
    assert!(!named.iter().any(String::is_empty), "{named:?}");
    named.extend(browser.announced(&["list"]));
    for name in
        ["Search in everything that is shown", "Filter", "Newest first", "Copy as curl", "Headers", "Body"]
    {
        assert!(named.iter().any(|given| given == name), "{name}: {named:?}");
    }
    assert!(
        named.iter().any(|name| name.contains("UPDATE entity svc/pay") && name.contains("not verified")),
        "{named:?}"
    );
    assert_eq!(browser.value("document.documentElement.lang"), "en");
}

#[test]
fn state_of_the_fake_follows_what_happens() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, fake) = inspected_fake(directory.path(), &[]);
    let Some(mut browser) = Browser::open(&format!("http://{page}/")) else { return };
    browser.click("State");
    browser.until("document.querySelector('#state h3')?.innerText.toLowerCase() === 'webhooks (0)'");
    let add = |path: &str, body: &str| {
        let head = format!("POST /_fake/{path} HTTP/1.1\r\nhost: {fake}\r\nconnection: close\r\n");
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        assert!(send(&fake, request.as_bytes()).starts_with("HTTP/1.1 200 "));
    };
    add("webhooks", r#"{"identifier":"audit","title":"\u202e","security":{"secret":"hidden"}}"#);
    browser.until("document.querySelector('#state h3')?.innerText.toLowerCase() === 'webhooks (1)'");
    assert_eq!(browser.text("#state summary"), "audit · \\u{202e}");
    let shown = browser.value("document.getElementById('state').textContent");
    assert!(!shown.as_str().unwrap().contains("hidden"), "{shown}");
    add("faults", r#"[{"fault":{"status":{"code":500}},"on":["list"]},{"fault":"reset","on":["list"]}]"#);
    browser.until("[...document.querySelectorAll('#state summary')].some((summary) => summary.innerText === '2 · reset')");
    let faults =
        browser.value("[...document.querySelectorAll('#state summary')].map((summary) => summary.innerText)");
    assert_eq!(faults, serde_json::json!(["audit · \\u{202e}", "1 · status", "2 · reset", "counts"]));
}

#[test]
fn screen_reader_hears_news_once_a_second_at_most() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &[]);
    post_events(&address, 1..=3);
    let Some(mut browser) = Browser::open(&format!("http://{page}/")) else { return };
    browser.until("document.querySelectorAll('#list li').length === 3");
    assert_eq!(browser.value("announcer.textContent"), "", "what had arrived before is no news");
    // The clock of the page stands.
    browser.value("{ later = []; window.setTimeout = (call) => later.push(call); }");
    post_events(&address, 4..=7);
    browser.until("document.querySelectorAll('#list li').length === 7");
    assert!(browser.text("#announcer").starts_with("event.4, not verified"));
    browser.value("later.splice(0).forEach((call) => call())");
    assert!(browser.text("#announcer").starts_with("3 entries, the last one: event.7, not verified"));
    browser.value("later.splice(0).forEach((call) => call())");
    assert_eq!(browser.value("later.length"), 0);
    // The number of entries is announced only to the one who filters.
    assert_eq!(browser.value("count.ariaLive"), "off");
    browser.value("{ search.value = 'event.7'; search.dispatchEvent(new Event('input')); }");
    assert_eq!(browser.text("#announcer"), "1 of 7 entries");
}

#[test]
fn large_body_is_shown_but_not_copied() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &["--max-body", "4000000"]);
    post(&address, "", &vec![b'x'; 2_000_000]);
    let Some(mut browser) = Browser::open(&format!("http://{page}/")) else { return };
    assert_eq!(browser.text("#detail pre").chars().last(), Some('…'));
    assert!(browser.text("#detail").contains("too large to be copied as curl"));
    assert_eq!(browser.value("document.querySelector('#detail .actions')"), serde_json::Value::Null);
    browser.press("c");
    assert_eq!(browser.value("document.getElementById('sent').innerText"), "");
}
