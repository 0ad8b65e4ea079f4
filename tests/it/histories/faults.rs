//! What goes wrong in a history: every kind of fault that the fake can play.
//!
//! A fault that lies is left out, since no client can see through it: one that says no (4xx, 429, a redirect,
//! `"ok": false`) to what was carried out, one that says that a webhook is missing to whoever reads or deletes
//! it, and one that says yes in JSON to what was not carried out.

use std::time::Duration;

use fake_port::{Ending, Fault, FaultPlan, Hint, PagingFault, Route, Script};
use serde_json::json;

use super::player::BODY_LIMIT;

/// A fault and its name in the counts.
pub type Named = (&'static str, Fault);

/// Whether the client sees a whole body, the end of its connection, or a stalled body in time is not certain. No history
/// that replays exactly has them.
pub const RACES: [&str; 3] = ["body is reset at its end", "body is closed at its end", "body stalls"];
const ELSEWHERE: &str = "https://elsewhere.example.com/v1/webhooks";

/// Faults of every request, carried out or not.
pub fn anywhere() -> Vec<Named> {
    let mut faults = vec![
        ("400", Fault::status(400)),
        ("401", Fault::status(401)),
        ("403", Fault::status(403)),
        ("405", Fault::status(405)),
        ("409", Fault::status(409)),
        ("413", Fault::status(413)),
        ("422", Fault::status(422)),
        ("422, no JSON", Fault::status(422).text("text/plain", "no")),
        ("408", Fault::status(408)),
        ("500", Fault::status(500)),
        ("501", Fault::status(501)),
        ("502, a page", Fault::status(502).text("text/html", "<h1>Bad gateway</h1>")),
        ("503", Fault::status(503)),
        ("503, a hint", Fault::status(503).header("retry-after", "2")),
        ("503, late", Fault::status(503).delay(Duration::from_millis(3))),
        ("504, empty", Fault::status(504).empty()),
        ("520", Fault::status(520).json(json!("no object"))),
        ("200, a page", Fault::status(200).text("text/html", "<h1>Welcome</h1>")),
        ("200, text", Fault::status(200).text("text/plain", "ok")),
        ("redirect", Fault::redirect(ELSEWHERE)),
        ("redirect, here", Fault::status(301).header("location", "/v1/webhooks")),
        ("redirect, nowhere", Fault::status(303).header("location", "http://[")),
        ("redirect, 304", Fault::status(304).empty()),
        ("not ok", Fault::not_ok("quota", "there are too many")),
        ("dropped", Fault::dropped()),
        ("dropped, late", Fault::dropped().delay(Duration::from_millis(3))),
        ("hanging", Fault::hanging()),
        ("reset", Fault::reset()),
        ("not HTTP", Fault::script(Script::not_http())),
        ("a head that ends", Fault::script(Script::new().send("HTTP/1.1 200 OK\r\ncontent-"))),
        ("revoked token", Fault::revoked_token()),
        ("expired token", Fault::expired_token()),
        ("unknown fields", Fault::unknown_fields()),
        ("truncated to nothing", Fault::truncated(0)),
        ("truncated", Fault::truncated(20)),
        ("compressed", Fault::compressed()),
        ("body is reset", Fault::broken_body(5, Ending::Reset)),
        ("body is reset at its end", Fault::broken_body(BODY_LIMIT, Ending::Reset)),
        ("body is closed", Fault::broken_body(5, Ending::Close)),
        ("body is closed at its end", Fault::broken_body(BODY_LIMIT, Ending::Close)),
        ("body stalls", Fault::broken_body(5, Ending::Hang)),
        ("slow", Fault::slow(Duration::from_millis(3))),
        ("a webhook of another shape", Fault::merged(json!({ "webhook": { "events": 5 } }))),
        ("no webhook", Fault::merged(json!({ "webhook": null }))),
        ("too large", Fault::merged(json!({ "padding": "x".repeat(BODY_LIMIT) }))),
    ];
    for hint in [
        Hint::Seconds(0),
        Hint::Seconds(2),
        Hint::Seconds(61),
        Hint::Date(2),
        Hint::ResetEpoch(2),
        Hint::ResetEpochMilliseconds(2),
        Hint::ResetWait(2),
        Hint::Header("retry-after".into(), "+5".into()),
        Hint::Header("retry-after".into(), "100000000000000000000".into()),
        Hint::None,
    ] {
        faults.push(("429", Fault::rate_limited(hint)));
    }
    faults
}

/// Faults of a read of one webhook.
pub fn of_reads() -> Vec<Named> {
    let mut faults = anywhere();
    faults.extend([
        ("204", Fault::status(204).empty()),
        ("gzip bomb", Fault::gzip_bomb(100_000)),
        ("endless body", Fault::endless_body()),
    ]);
    faults
}

/// Faults of a list.
pub fn of_lists() -> Vec<Named> {
    let mut faults = of_reads();
    faults.push(("404", Fault::status(404)));
    for how in [PagingFault::Ignored, PagingFault::Capped(2), PagingFault::Repeated, PagingFault::Cyclic] {
        faults.extend([("paging", Fault::paging(how)), ("paging", Fault::paging(how))]);
    }
    faults
}

/// Faults of a write.
pub fn of_writes(operation: Route) -> Vec<Named> {
    let mut faults = anywhere();
    if operation != Route::Delete {
        faults.push(("404", Fault::status(404)));
    }
    // An answer that fits what was carried out, or says nothing of it.
    faults.extend([
        ("408, applied", Fault::status(408).applied()),
        ("500, applied", Fault::status(500).applied()),
        ("501, applied", Fault::status(501).applied()),
        ("502, a page, applied", Fault::status(502).text("text/html", "<h1>Bad gateway</h1>").applied()),
        ("503, applied", Fault::status(503).applied()),
        ("503, late, applied", Fault::status(503).delay(Duration::from_millis(3)).applied()),
        ("504, applied", Fault::status(504).empty().applied()),
        ("200, a page, applied", Fault::status(200).text("text/html", "<h1>Welcome</h1>").applied()),
        ("204, applied", Fault::status(204).empty().applied()),
        ("dropped, applied", Fault::dropped().applied()),
        ("dropped, late, applied", Fault::dropped().delay(Duration::from_millis(3)).applied()),
        ("hanging, applied", Fault::hanging().applied()),
        ("reset, applied", Fault::reset().applied()),
        ("not HTTP, applied", Fault::script(Script::not_http()).applied()),
        ("gzip bomb, applied", Fault::gzip_bomb(100_000).applied()),
        ("endless body, applied", Fault::endless_body().applied()),
    ]);
    faults
}

/// Faults of a tenth of the token requests. Those of a history that replays exactly make no token expire soon.
pub fn of_tokens(seed: u64, exact: bool) -> FaultPlan {
    let lifetimes =
        [json!(null), json!(0), json!(-1)].map(|value| Fault::merged(json!({ "expiresIn": value })));
    let more = [
        Fault::status(404),
        Fault::gzip_bomb(100_000),
        Fault::endless_body(),
        Fault::status(204).empty(),
        Fault::merged(json!({ "expiresIn": 1e308 })),
        Fault::merged(json!({ "accessToken": null })),
        Fault::merged(json!({ "accessToken": "unknown" })),
    ];
    let of_calls_alone = ["revoked token", "expired token"];
    let general = anywhere()
        .into_iter()
        .filter(|(name, _)| !(of_calls_alone.contains(name) || exact && RACES.contains(name)));
    let faults = general.map(|(_, fault)| fault).chain(more);
    let faults = faults.chain(lifetimes.into_iter().filter(|_| !exact));
    FaultPlan::seeded(seed).faults(faults.map(|fault| fault.on([Route::Token])))
}
