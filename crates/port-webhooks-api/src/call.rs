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
    /// What the request does, for messages, such as `get webhook`. Empty if nobody knows more than method and path.
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
    /// The members of the body that contain no secret, such as `title` or `security.signaturePrefix`.
    public: &'static [&'static str],
    invalid: Option<Cow<'static, str>>,
    success: PhantomData<fn() -> T>,
}

impl<T> Call<T> {
    /// A request without parameters, query and body. It counts as idempotent if its method is.
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
            method,
            template: template.into(),
            parameters: Vec::new(),
            query: Vec::new(),
            body: None,
            public: &[],
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
            public,
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
            public,
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
    /// its body. `None` for a request without a [`verb`](Self::verb).
    pub fn identifier(&self) -> Option<Cow<'_, str>> {
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
        // A URL would lose them: they navigate in a path.
        let navigates = self.parameters.iter().any(|parameter| matches!(parameter.as_str(), "." | ".."));
        let places = self.template.split('/').filter(|segment| varies(segment)).count();
        let differs = places != self.parameters.len();
        self.invalid
            .as_deref()
            .or(navigates.then_some("`.` and `..` are not path segments"))
            .or(differs.then_some("its path needs one parameter for each segment in braces"))
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
    segment.starts_with('{') && segment.ends_with('}')
}

/// Collects every text in a value at `path`, except those under a public path.
fn collect_texts(value: Value, path: &str, public: &[&str], found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.into_iter().for_each(|item| collect_texts(item, path, public, found)),
        Value::Object(members) => {
            for (name, value) in members {
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
            public: self.public,
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
            .finish_non_exhaustive()
    }
}
