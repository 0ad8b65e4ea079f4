//! A request of the API as a plain value.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde_json::Value;

/// A request of the API: what is sent, and with `T` the type of its success. The functions of [`operations`] make one
/// of each operation of the contract.
///
/// It is a value, so it can be inspected, changed and sent more than once. `Debug` does not show the query and the body,
/// which may contain secrets.
///
/// ```
/// use port_webhooks_api::operations;
///
/// let call = operations::get_webhook("entity/created");
/// assert_eq!(call.operation, "get_webhook");
/// assert_eq!(call.method, "GET");
/// assert_eq!(call.template, "/v1/webhooks/{identifier}");
/// assert!(call.segments().eq(["v1", "webhooks", "entity/created"]));
/// assert!(call.idempotent);
/// ```
///
/// [`operations`]: crate::operations
#[non_exhaustive]
pub struct Call<T> {
    /// The operation, as the contract names it, such as `get_webhook`.
    pub operation: &'static str,
    /// What the request does, for messages, such as `get webhook`. Empty if only method and path are known.
    pub verb: &'static str,
    /// The method.
    pub method: Method,
    /// The path under the base URL, with `{name}` in place of a segment that varies.
    pub template: Cow<'static, str>,
    /// The segments that vary, in the order of the template. They are not percent-encoded yet.
    pub parameters: Vec<String>,
    /// The query parameters, not percent-encoded yet.
    pub query: Vec<(Cow<'static, str>, String)>,
    /// The JSON of the body, if there is one.
    pub body: Option<Bytes>,
    /// Whether two such requests leave the same state at Port as one.
    pub idempotent: bool,
    /// Whether the request carries an access token.
    pub authenticated: bool,
    /// The members of the body that contain no secret, such as `title` or `security.signaturePrefix`.
    public: &'static [&'static str],
    about: About,
    invalid: Option<Cow<'static, str>>,
    success: PhantomData<fn() -> T>,
}

/// The identifier of what a request is about.
#[derive(Clone)]
enum About {
    /// The one in its path or its body.
    Found,
    Set(Option<String>),
}

impl<T> Call<T> {
    /// A request with an access token, and without parameters, query and body. It counts as idempotent if its method
    /// is.
    ///
    /// ```
    /// use http::Method;
    /// use port_webhooks_api::Call;
    ///
    /// let call: Call<serde_json::Value> =
    ///     Call::new("get_blueprint", "get blueprint", Method::GET, "/v1/blueprints/{identifier}").parameter("service");
    /// assert!(call.segments().eq(["v1", "blueprints", "service"]));
    /// ```
    pub fn new(
        operation: &'static str,
        verb: &'static str,
        method: Method,
        template: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            operation,
            verb,
            idempotent: method.is_idempotent(),
            authenticated: true,
            method,
            template: template.into(),
            parameters: Vec::new(),
            query: Vec::new(),
            body: None,
            public: &[],
            about: About::Found,
            invalid: None,
            success: PhantomData,
        }
    }

    /// Adds the value of the next `{name}` of the template.
    #[must_use]
    pub fn parameter(mut self, value: impl Into<String>) -> Self {
        self.parameters.push(value.into());
        self
    }

    /// Adds a query parameter, if it has a value.
    #[must_use]
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: Option<impl ToString>) -> Self {
        self.query.extend(value.map(|value| (name.into(), value.to_string())));
        self
    }

    /// Sets the body. [`secrets`](Self::secrets) are the texts in it, except those under the members that `public`
    /// names, such as `title` or `security.signaturePrefix`.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize, public: &'static [&'static str]) -> Self {
        // Enough for most bodies.
        let mut json = Vec::with_capacity(512);
        match serde_json::to_writer(&mut json, body) {
            Ok(()) => self.body = Some(json.into()),
            Err(_) => self.invalid = Some("its body cannot be serialized as JSON".into()),
        }
        self.public = public;
        self
    }

    /// Sets whether two such requests leave the same state at Port as one.
    #[must_use]
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// Sets the identifier of what the request is about, or that it has none, where
    /// [`identifier`](Self::identifier) would find another text.
    #[must_use]
    pub fn about(mut self, identifier: Option<String>) -> Self {
        self.about = About::Set(identifier);
        self
    }

    /// Sends the request without an access token.
    #[must_use]
    pub fn without_token(mut self) -> Self {
        self.authenticated = false;
        self
    }

    /// The same request, whose success is read as another type.
    pub fn returning<U>(self) -> Call<U> {
        let Self {
            operation,
            verb,
            method,
            template,
            parameters,
            query,
            body,
            idempotent,
            authenticated,
            public,
            about,
            invalid,
            ..
        } = self;
        let success = PhantomData;
        Call {
            operation,
            verb,
            method,
            template,
            parameters,
            query,
            body,
            idempotent,
            authenticated,
            public,
            about,
            invalid,
            success,
        }
    }

    /// The segments of the path, in order, not percent-encoded.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        let mut parameters = self.parameters.iter();
        self.template.split('/').skip(1).map(move |segment| {
            if varies(segment) { parameters.next().map_or(segment, String::as_str) } else { segment }
        })
    }

    /// The identifier of what the request is about: the first parameter of its path, or else the member `identifier` of
    /// its body, unless [`about`](Self::about) set it. `None` for a request without a [`verb`](Self::verb).
    pub fn identifier(&self) -> Option<Cow<'_, str>> {
        if let About::Set(identifier) = &self.about {
            return identifier.as_deref().map(Cow::from);
        }
        if self.verb.is_empty() {
            return None;
        }
        if let Some(parameter) = self.parameters.first() {
            return Some(parameter.into());
        }
        Some(self.body_json()?.get("identifier")?.as_str()?.to_owned().into())
    }

    /// Marks the request as one that cannot be sent, for this reason, if there is one.
    #[must_use]
    pub fn reject(mut self, why: Option<impl Into<Cow<'static, str>>>) -> Self {
        self.invalid = self.invalid.or(why.map(Into::into));
        self
    }

    /// Why the request cannot be sent, if it cannot.
    pub fn invalid(&self) -> Option<&str> {
        if let Some(why) = &self.invalid {
            return Some(why);
        }
        let places = match count_places(&self.template) {
            Ok(places) => places,
            Err(flaw) => return Some(flaw),
        };
        let flaw = self.parameters.iter().find_map(|parameter| identifier_flaw(parameter));
        let differs = places != self.parameters.len();
        flaw.or(differs.then_some("its path needs one parameter for each segment in braces"))
    }

    /// The texts in the body that may be secret, which a server may repeat in a message: the values of headers, the
    /// secret that signs deliveries, and whatever the contract does not know.
    pub fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(body) = self.body_json() {
            collect_texts(body, "", self.public, &mut found);
        }
        found
    }

    fn body_json(&self) -> Option<Value> {
        serde_json::from_slice(self.body.as_ref()?).ok()
    }
}

/// Whether a segment of a template stands for a parameter.
fn varies(segment: &str) -> bool {
    let name = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
    name.is_some_and(|name| !name.contains(['{', '}']))
}

/// Why an identifier cannot be sent, if it cannot. URLs or servers read such a one differently: `.` and `..` navigate,
/// `url` drops tabs and line ends, and some servers read `%5C` as a slash. Every other one is exactly one segment.
pub fn identifier_flaw(identifier: &str) -> Option<&'static str> {
    const MAX_BYTES: usize = 1024;
    match identifier {
        "" => Some("the identifier cannot be sent: it is empty"),
        "." | ".." => Some("the identifier cannot be sent: `.` and `..` are not path segments"),
        _ if identifier.len() > MAX_BYTES => {
            Some("the identifier cannot be sent: it is longer than 1,024 bytes")
        }
        _ => identifier.chars().find_map(|character| match character {
            '\\' => {
                Some("the identifier cannot be sent: it contains a backslash, which URLs treat as a slash")
            }
            _ if character.is_control() => {
                Some("the identifier cannot be sent: it contains a control character")
            }
            _ => None,
        }),
    }
}

/// The number of parameters in a path, or why the path cannot be sent: URLs or servers would read it differently.
fn count_places(path: &str) -> Result<usize, &'static str> {
    let Some(segments) = path.strip_prefix('/') else {
        return Err("the path has to begin with `/`, as in `/v1/blueprints`; the base URL has the host");
    };
    if let Some(flaw) = path.chars().find_map(character_flaw) {
        return Err(flaw);
    }
    let mut places = 0;
    let mut segments = segments.split('/').peekable();
    while let Some(segment) = segments.next() {
        match segment {
            "" if segments.peek().is_some() => return Err("the path has an empty segment"),
            "." | ".." => return Err("the path contains `.` or `..`, which are not segments"),
            _ if varies(segment) => places += 1,
            _ if segment.contains(['{', '}']) => {
                return Err(
                    "the path has braces in a part of a segment: a parameter is a whole one, as in `/v1/blueprints/{identifier}`",
                );
            }
            _ => {}
        }
    }
    Ok(places)
}

/// Why a path cannot be sent with a character, if it cannot.
fn character_flaw(character: char) -> Option<&'static str> {
    match character {
        '%' => Some("the path contains `%`: give it without percent-encoding, and values with `parameter`"),
        '#' => Some("the path contains `#`: a fragment is never sent; give values with `parameter`"),
        '?' => Some("the path contains `?`: give query parameters with `query`"),
        '\\' => Some("the path contains a backslash, which URLs treat as a slash"),
        _ if character.is_control() => Some("the path contains a control character"),
        _ => None,
    }
}

/// Collects every text in a value at `path`, except those under a public path.
fn collect_texts(value: Value, path: &str, public: &[&str], found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.into_iter().for_each(|item| collect_texts(item, path, public, found)),
        Value::Object(members) => {
            for (name, value) in members {
                // A dot in a name separates nothing.
                let name = name.replace('.', "..");
                let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                if !public.contains(&path.as_str()) {
                    collect_texts(value, &path, public, found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self {
            operation: self.operation,
            verb: self.verb,
            method: self.method.clone(),
            template: self.template.clone(),
            parameters: self.parameters.clone(),
            query: self.query.clone(),
            body: self.body.clone(),
            idempotent: self.idempotent,
            authenticated: self.authenticated,
            public: self.public,
            about: self.about.clone(),
            invalid: self.invalid.clone(),
            success: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("template", &self.template)
            .field("parameters", &self.parameters)
            .field("idempotent", &self.idempotent)
            .field("authenticated", &self.authenticated)
            .finish_non_exhaustive()
    }
}
