//! What has to hold for any response to the client, and for any identifier. The fuzz targets and a test of the
//! workspace call the same functions, which drive the client against a server of this process.
//!
//! The rules are written again here, as plainly as possible, and not taken from the code under test.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use port_webhooks::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use port_webhooks::reqwest;
use port_webhooks::{
    Client, ClientBuilder, Error, ErrorKind, NewWebhook, Outcome, Retry, Webhooks,
    types::{Clock, Observer, RateLimit, Waiting},
};
use serde_json::Value;

/// What a token response has to have, whatever else is in it.
#[derive(serde::Deserialize)]
struct Issued {
    #[serde(rename = "accessToken")]
    access_token: String,
}

/// A secret in every request.
const CANARY: &str = "c4nary-5ecret";
/// Longer bodies are not read.
const BODY_LIMIT: usize = 1024;
/// Monday 2024-01-15 at 10:30:00 UTC.
const NOW: Duration = Duration::from_secs(1_705_314_600);
const WITHHELD: &str = "[withheld: it repeats a secret]";

/// Bytes as a response with a status from 300 to 599.
pub fn error_body(bytes: &[u8], http: reqwest::ClientBuilder) {
    let mut input = Input::read(bytes);
    input.status = StatusCode::from_u16(300 + input.status.as_u16() % 300).unwrap();
    let world = World::new(&input);
    let hooks = world.client(http).access_token(CANARY).retry(Retry::none()).build().unwrap().webhooks();
    let read = world.run(hooks.get("a")).unwrap_err();
    check_error(&input, &read, true, &[CANARY]);

    let mut secrets = vec![CANARY];
    secrets.extend(&input.secrets);
    let webhook = NewWebhook::subscription("a", "https://api.example.com/webhooks/port");
    let headers = input.secrets.iter().enumerate().map(|(n, secret)| (format!("x-secret-{n}"), *secret));
    let written = world.run(hooks.create(webhook.headers(headers))).unwrap_err();
    check_error(&input, &written, false, &secrets);
}

fn check_error(input: &Input<'_>, error: &Error, reads: bool, secrets: &[&str]) {
    let status = input.status;
    assert_eq!(error.status(), Some(status), "{error}");
    assert_eq!((error.kind(), error.outcome()), meaning(status, reads), "{status}");
    let may_pass = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
    assert_eq!(
        error.is_retryable(),
        may_pass && (reads || error.outcome() == Outcome::NotApplied),
        "{status}"
    );
    let encodings = input.headers.get_all("content-encoding").iter();
    let mut encodings = encodings.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let is_encoded = encodings.any(|value| {
        let value = value.trim_ascii();
        !value.is_empty() && !value.eq_ignore_ascii_case(b"identity") && !value.eq_ignore_ascii_case(b"none")
    });
    if is_encoded || input.body.len() > BODY_LIMIT {
        assert!(error.code().is_none() && error.message().is_none(), "a body that is not read has a text");
    }
    let trace_id = error.trace_id().filter(|id| !id.is_empty());
    for text in [error.code(), error.message(), trace_id].into_iter().flatten() {
        let length = text.chars().count();
        assert!(length <= 300 || (length == 301 && text.ends_with('…')), "{length} characters: {text:?}");
        assert!(!text.is_empty(), "an empty text");
        assert!(!text.chars().any(|c| c.is_control() || (c.is_whitespace() && c != ' ')), "{text:?}");
        if text != WITHHELD {
            for secret in secrets.iter().filter(|secret| secret.trim().len() >= 4) {
                assert!(!text.contains(secret), "{secret:?} is in {text:?}");
            }
        }
    }
    // The error of a redirect has its host, which can contain a secret.
    if error.kind() == ErrorKind::Redirect && !error.to_string().contains("a host that contains a secret") {
        let is_in_hosts =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        let host = error.to_string();
        let host = host.split_once(" to ").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default();
        for secret in secrets.iter().filter(|secret| secret.len() >= 4 && secret.bytes().all(is_in_hosts)) {
            assert!(!host.contains(secret), "{secret} is in {host}");
        }
    }
    assert!(!printed(error).contains(CANARY), "{}", printed(error));
}

/// The kind and outcome of a status.
fn meaning(status: StatusCode, reads: bool) -> (ErrorKind, Outcome) {
    let unknown = if reads { Outcome::NotApplied } else { Outcome::Unknown };
    match status.as_u16() {
        // A server may send it after it has processed the request.
        303 => (ErrorKind::Redirect, unknown),
        304 => (ErrorKind::Other, Outcome::NotApplied),
        300..400 => (ErrorKind::Redirect, Outcome::NotApplied),
        408 | 500.. => (ErrorKind::Server, unknown),
        400 | 422 => (ErrorKind::Validation, Outcome::NotApplied),
        401 => (ErrorKind::Authentication, Outcome::NotApplied),
        403 => (ErrorKind::Permission, Outcome::NotApplied),
        404 => (ErrorKind::NotFound, Outcome::NotApplied),
        409 => (ErrorKind::Conflict, Outcome::NotApplied),
        413 => (ErrorKind::PayloadTooLarge, Outcome::NotApplied),
        429 => (ErrorKind::RateLimited, Outcome::NotApplied),
        _ => (ErrorKind::Other, Outcome::NotApplied),
    }
}

/// Bytes as the head of a response with a status from 300 to 599: how long it asks to wait, and whether the client
/// waits that long.
pub fn rate_limit(bytes: &[u8], http: impl Fn() -> reqwest::ClientBuilder) {
    let input = Input::read(bytes);
    if !(300..600).contains(&input.status.as_u16()) {
        return;
    }
    let world = World::new(&input);
    let is_redirect = input.status.is_redirection() && input.status != StatusCode::NOT_MODIFIED;
    let hint = expected_hint(input.status, &input.headers).filter(|_| !is_redirect);
    let is_retried = matches!(input.status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
    let least = Duration::from_secs(u64::from(input.status == StatusCode::TOO_MANY_REQUESTS));
    let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
    let asked = hint.unwrap_or_default();
    let limits =
        [asked.saturating_add(second), (asked + second).saturating_sub(Duration::from_nanos(1)), minute * 60];
    // In a shorter time a busy machine may not answer.
    for limit in limits.into_iter().filter(|limit| *limit >= minute / 2) {
        for jitter in [true, false] {
            let waits = Waits::default();
            let retry = Retry::new().attempts(2).base(Duration::from_millis(50)).jitter(jitter);
            let builder = world.client(http()).access_token(CANARY).retry(retry).observer(waits.clone());
            let hooks = builder.deadline(limit).build().unwrap().webhooks();
            let error = world.run(hooks.get("a")).unwrap_err();
            assert_eq!(error.retry_after(), hint, "{:?}", input.headers);
            assert_rate_limit(error.rate_limit(), &input.headers);
            let waits = waits.0.lock().unwrap();
            let waited = waits.first().copied();
            let case = format!("{waits:?} for {hint:?} of {limit:?}, {} {:?}", input.status, input.headers);
            assert!(waits.len() < 2, "{case}");
            match (hint, waited) {
                _ if !is_retried => assert_eq!(waited, None, "{case}"),
                (Some(hint), None) => assert!(hint > minute || hint + second > limit, "{case}"),
                (Some(hint), Some(wait)) => {
                    let most = if jitter { hint + hint / 10 + Duration::from_nanos(1) } else { hint };
                    assert!(
                        hint <= minute && (hint..=most).contains(&wait) && wait + second <= limit,
                        "{case}"
                    );
                }
                (None, wait) => {
                    let wait = wait.unwrap_or_else(|| panic!("there is time for a wait: {case}"));
                    let most = least.max(Duration::from_millis(50));
                    assert!(if jitter { wait <= most } else { wait == most }, "{case}");
                }
            }
        }
    }
}

/// The rules: the longest `Retry-After` first, in seconds or as a date; then, with a 429, `x-ratelimit-reset`.
fn expected_hint(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    const CENTURY: i128 = 100 * 365 * 86_400 * 1000;
    let wait = |value: &[u8]| {
        let seconds = seconds(value).map(|seconds| seconds * 1000);
        seconds.or_else(|| date(value).map(|at| at - now(headers)))
    };
    let values = headers.get_all("retry-after").iter().map(|value| value.as_bytes().trim_ascii());
    let after = values.filter_map(wait).max().filter(|after| *after > 0);
    let reset = || if status.as_u16() == 429 { reset(headers) } else { None };
    let hint = after.or_else(reset)?;
    (hint > 0).then(|| milliseconds(hint.min(CENTURY)))
}

fn assert_rate_limit(limit: Option<RateLimit>, headers: &HeaderMap) {
    let number = |name| value(headers, name).and_then(digits);
    let count = |name| number(name).map(|number| u64::try_from(number).unwrap_or(u64::MAX));
    let period = value(headers, "x-ratelimit-period").and_then(seconds);
    let period = period.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX)));
    let reset = reset(headers).map(|reset| milliseconds(reset.max(0)));
    let expected = (count("x-ratelimit-limit"), period, count("x-ratelimit-remaining"), reset);
    let found = limit.map(|limit| (limit.limit, limit.period, limit.remaining, limit.reset));
    assert_eq!(found, Some(expected).filter(|expected| *expected != (None, None, None, None)), "{headers:?}");
}

/// In milliseconds from now.
fn reset(headers: &HeaderMap) -> Option<i128> {
    let value = value(headers, "x-ratelimit-reset")?;
    let Some(seconds) = seconds(value) else {
        return date(value).map(|at| at - now(headers));
    };
    match seconds {
        reset @ 1_000_000_000_000.. => Some(reset - now(headers)),
        reset @ 1_000_000_000.. => Some(reset * 1000 - now(headers)),
        reset @ ..=86_400 => Some(reset * 1000),
        _ => None,
    }
}

/// In milliseconds since 1970.
fn now(headers: &HeaderMap) -> i128 {
    value(headers, "date").and_then(date).unwrap_or(i128::try_from(NOW.as_millis()).unwrap())
}

/// In milliseconds since 1970.
fn date(value: &[u8]) -> Option<i128> {
    const ZONES: [&str; 8] = ["gmt", "utc", "ut", "z", "+0000", "-0000", "+00:00", "-00:00"];
    let text = str::from_utf8(value).ok()?.to_ascii_lowercase();
    let zone = ZONES.into_iter().find(|zone| text.ends_with(zone));
    let start = text[..text.len() - zone.map_or(0, str::len)].trim_end();
    let mut capitals = true;
    let start: String = start
        .chars()
        .map(|c| {
            let is_first = std::mem::replace(&mut capitals, !c.is_ascii_alphabetic());
            if is_first { c.to_ascii_uppercase() } else { c }
        })
        .collect();
    let text = if zone.is_some() { format!("{start} GMT") } else { start };
    let time = httpdate::parse_http_date(&text).ok()?;
    i128::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Digits, or digits with a fraction, which is rounded up. Either part may be missing.
fn seconds(value: &[u8]) -> Option<i128> {
    let Some(dot) = value.iter().position(|byte| *byte == b'.') else {
        return digits(value);
    };
    let (whole, fraction) = (&value[..dot], &value[dot + 1..]);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let part = |part: &[u8]| if part.is_empty() { Some(0) } else { digits(part) };
    Some((part(whole)? + i128::from(part(fraction)? > 0)).min(u64::MAX.into()))
}

/// Digits and nothing else, up to the largest `u64`.
fn digits(digits: &[u8]) -> Option<i128> {
    let most = i128::from(u64::MAX);
    let add = |number: i128, digit: &u8| (number * 10 + i128::from(digit - b'0')).min(most);
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, add))
}

/// The first header of a name counts.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    headers.get(name).map(|value| value.as_bytes().trim_ascii())
}

fn milliseconds(time: i128) -> Duration {
    Duration::from_millis(u64::try_from(time).unwrap_or(u64::MAX))
}

/// Bytes as a 200 of the token route: a token that expires, or an error without it. The status in them is ignored.
pub fn token_body(bytes: &[u8], http: reqwest::ClientBuilder) {
    let mut input = Input::read(bytes);
    input.status = StatusCode::OK;
    let world = World::new(&input);
    let client = world.client(http).credentials("id", CANARY).retry(Retry::none()).build().unwrap();
    let hooks = client.webhooks();
    let json = input.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(input.body);
    let body: Option<Value> = serde_json::from_slice(json).ok();
    let said = body.as_ref().and_then(|body| body["accessToken"].as_str());
    let error = world.run(hooks.get("a")).unwrap_err();
    let bearer = world.requests().into_iter().find(|request| request.line.starts_with("GET "));
    let Some(bearer) = bearer.map(|request| request.authorization) else {
        assert_eq!(error.status(), Some(StatusCode::OK));
        assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::Other), "{error}");
        assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
        let printed = printed(&error);
        assert!(!printed.contains(CANARY), "{printed}");
        if let Some(token) = said.filter(|token| looks_like_one(token, &input)) {
            assert!(!printed.contains(token), "{token} is in {printed}");
        }
        return;
    };
    let Some(body) = &body else {
        // The client reads JSON that `serde_json` does not read as a value, such as a number too large for `f64`. The
        // token is the one in it, and is renewed within a day.
        let issued: Issued = serde_json::from_slice(json).unwrap();
        assert_eq!(bearer, Some(format!("Bearer {}", issued.access_token)));
        world.clock.set(Duration::from_secs(86_400) + Duration::from_nanos(10));
        world.run(hooks.get("a")).unwrap_err();
        assert_eq!(world.count("POST "), 2);
        return;
    };
    assert_ne!(body["ok"], false, "a token that was not issued");
    assert_eq!(bearer, said.map(|token| format!("Bearer {token}")));
    // It is renewed in time, and not before.
    let life = &body["expiresIn"];
    let life = life_of(life.as_f64().or_else(|| life.as_str()?.trim().parse().ok()));
    if life > Duration::from_millis(1) {
        let renewal = life.saturating_sub(Duration::from_secs(300).min(life / 10));
        let (early, late) =
            (renewal.saturating_sub(Duration::from_nanos(10)), life + Duration::from_nanos(10));
        for (passed, tokens) in [(early, 1), (late, 2)] {
            world.clock.set(passed);
            world.run(hooks.get("a")).unwrap_err();
            assert_eq!(world.count("POST "), tokens, "{passed:?} of {life:?}");
        }
    }
}

/// The lifetime that the server sent: at most a day, and a minute where that makes no sense.
fn life_of(said: Option<f64>) -> Duration {
    match said {
        Some(seconds) if seconds.is_infinite() => Duration::from_secs(60),
        Some(seconds) if seconds >= 86_400.0 => Duration::from_secs(86_400),
        Some(seconds) if seconds > 0.0 => Duration::from_secs_f64(seconds),
        _ => Duration::from_secs(60),
    }
}

/// Whether a token cannot be in our own texts, or in another part of the response, by chance.
fn looks_like_one(token: &str, input: &Input<'_>) -> bool {
    let is_repeated =
        |value: &HeaderValue| value.as_bytes().windows(token.len()).any(|part| part == token.as_bytes());
    token.len() >= 8
        && token.bytes().all(|byte| byte.is_ascii_graphic())
        && token.bytes().any(|byte| byte.is_ascii_digit())
        && token.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !input.headers.values().any(is_repeated)
}

/// A client whose requests show what became of an identifier.
pub struct Identifiers {
    world: World,
    hooks: Webhooks,
}

impl Identifiers {
    pub fn new(http: reqwest::ClientBuilder) -> Self {
        let world = World::new(&Input::read(b"404"));
        let hooks = world.client(http).access_token(CANARY).build().unwrap().webhooks();
        Self { world, hooks }
    }

    /// Any text is rejected as an identifier, or is exactly one segment of the path.
    pub fn check(&self, identifier: &str) {
        self.world.server.requests.lock().unwrap().clear();
        let error = self.world.run(self.hooks.delete(identifier)).unwrap_err();
        let cannot_be_sent = identifier.is_empty()
            || identifier == "."
            || identifier == ".."
            || identifier.len() > 1024
            || identifier.chars().any(|c| c == '\\' || c.is_control());
        let requests = self.world.requests();
        if cannot_be_sent {
            assert_eq!((error.kind(), requests.len()), (ErrorKind::Configuration, 0), "{identifier:?}");
            return;
        }
        assert_eq!(error.kind(), ErrorKind::NotFound, "{identifier:?}");
        let path = requests[0].line.split(' ').nth(1).unwrap();
        assert_eq!(error.path(), Some(path), "errors show what was sent");
        let segment = path.strip_prefix("/v1/webhooks/");
        let segment = segment.unwrap_or_else(|| panic!("{identifier:?} leads to {path}"));
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#\\".contains(&byte);
        assert!(!segment.is_empty() && segment.bytes().all(is_plain), "{identifier:?} became {segment}");
        let mut parts = segment.split('%');
        let mut decoded = parts.next().unwrap().as_bytes().to_vec();
        for part in parts {
            decoded.push(u8::from_str_radix(&part[..2], 16).unwrap());
            decoded.extend(part[2..].bytes());
        }
        assert_eq!(decoded, identifier.as_bytes(), "{identifier:?} became {segment}");
    }
}

/// Everything that can be printed of an error.
fn printed(error: &Error) -> String {
    let mut printed = format!("{error}\n{error:?}");
    let mut cause = error.source();
    while let Some(source) = cause {
        let _ = write!(printed, "\n{source}\n{source:?}");
        cause = source.source();
    }
    printed
}

/// A response, in a format that people can read and write: a status, headers and secrets, an empty line, the body.
struct Input<'a> {
    /// 429, if the first line is no status.
    status: StatusCode,
    /// Other lines are skipped; a header may be repeated.
    headers: HeaderMap,
    /// The secrets in the request.
    secrets: Vec<&'a str>,
    body: &'a [u8],
}

impl<'a> Input<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let (status, mut rest) = line(bytes);
        let status = StatusCode::from_bytes(status).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
        let (mut headers, mut secrets) = (HeaderMap::new(), Vec::new());
        while !rest.is_empty() {
            let text;
            (text, rest) = line(rest);
            if text.is_empty() {
                break;
            }
            let Some(colon) = text.iter().position(|byte| *byte == b':') else { continue };
            let (name, value) = (&text[..colon], &text[colon + 1..]);
            let value = value.strip_prefix(b" ").unwrap_or(value);
            if name == b"secret" {
                secrets.extend(str::from_utf8(value).ok());
                continue;
            }
            let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) else {
                continue;
            };
            // The server frames its response itself; HTTP clients limit the number of headers.
            let frames = ["connection", "content-length", "transfer-encoding"].contains(&name.as_str());
            if !frames && headers.len() < 50 {
                headers.append(name, value);
            }
        }
        Self { status, headers, secrets, body: rest }
    }

    /// As HTTP/1.1.
    fn response(&self) -> Vec<u8> {
        let body = if matches!(self.status.as_u16(), 204 | 304) { &[] } else { self.body };
        let mut bytes =
            format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", self.status, body.len()).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        [bytes.as_slice(), b"\r\n", body].concat()
    }
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

/// The waits before a retry.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Observer for Waits {
    fn waiting(&self, waiting: &Waiting<'_>) {
        self.0.lock().unwrap().push(waiting.wait);
    }
}

/// A clock that a test advances.
#[derive(Clone, Debug)]
struct ManualClock(Instant, Arc<Mutex<Duration>>);

impl ManualClock {
    /// Sets the time since its start.
    fn set(&self, passed: Duration) {
        *self.1.lock().unwrap() = passed;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.0 + *self.1.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + NOW + *self.1.lock().unwrap()
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::task::yield_now())
    }
}

#[derive(Clone)]
struct Request {
    /// Such as `GET /v1/webhooks HTTP/1.1`.
    line: String,
    authorization: Option<String>,
}

thread_local! {
    static SERVER: (String, Arc<Server>) = Server::start().unwrap();
}

/// A server that answers every request with the same bytes, until it gets others.
#[derive(Default)]
struct Server {
    response: Mutex<Vec<u8>>,
    requests: Mutex<Vec<Request>>,
}

impl Server {
    fn start() -> io::Result<(String, Arc<Self>)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let uri = format!("http://{}", listener.local_addr()?);
        let server = Arc::<Self>::default();
        let answering = Arc::clone(&server);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = Arc::clone(&answering);
                thread::spawn(move || server.answer(stream));
            }
        });
        Ok((uri, server))
    }

    /// Answers the requests of a connection.
    fn answer(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if stream.read_line(&mut head)? == 0 {
                    return Ok(());
                }
            }
            let header = |name: &str| {
                let mut headers = head.lines().filter_map(|line| line.split_once(": "));
                headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
            };
            let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            io::copy(&mut stream.by_ref().take(length), &mut io::sink())?;
            let line = head.lines().next().unwrap_or_default().to_owned();
            self.requests.lock().unwrap().push(Request { line, authorization: header("authorization") });
            let response = self.response.lock().unwrap().clone();
            stream.get_mut().write_all(&response)?;
        }
    }
}

/// The server of this thread with one response, and the time of the client.
struct World {
    uri: String,
    server: Arc<Server>,
    clock: ManualClock,
    runtime: tokio::runtime::Runtime,
}

impl World {
    #[allow(clippy::disallowed_methods)] // any instant will do to begin with
    fn new(input: &Input<'_>) -> Self {
        let (uri, server) = SERVER.with(Clone::clone);
        *server.response.lock().unwrap() = input.response();
        server.requests.lock().unwrap().clear();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { uri, server, clock: ManualClock(Instant::now(), Arc::default()), runtime }
    }

    fn client(&self, http: reqwest::ClientBuilder) -> ClientBuilder {
        let builder = Client::builder().base_url(&self.uri).clock(self.clock.clone()).http(http);
        builder.max_response_body(BODY_LIMIT)
    }

    fn run<T>(&self, call: impl IntoFuture<Output = T>) -> T {
        self.runtime.block_on(call.into_future())
    }

    /// How many requests begin with this method.
    fn count(&self, method: &str) -> usize {
        self.requests().iter().filter(|request| request.line.starts_with(method)).count()
    }

    fn requests(&self) -> Vec<Request> {
        self.server.requests.lock().unwrap().clone()
    }
}
