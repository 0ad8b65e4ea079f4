//! Routes: the operation and the identifier of a method and a path.

use http::Method;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// Where events of data sources arrive; the key of the webhook follows.
pub(crate) const INGEST_PATH: &str = "/ingest/";
/// In place of an identifier in a path.
const IDENTIFIER: &str = "{}";

/// Every route but that of the summary, which only its identifier tells from the route of one webhook.
const ROUTES: [(&str, Method, Route); 16] = [
    ("/v1/auth/access_token", Method::POST, Route::Token),
    ("/v1/webhooks", Method::GET, Route::List),
    ("/v1/webhooks", Method::POST, Route::Create),
    ("/v1/webhooks/{}", Method::GET, Route::Get),
    ("/v1/webhooks/{}", Method::PATCH, Route::Update),
    ("/v1/webhooks/{}", Method::PUT, Route::Replace),
    ("/v1/webhooks/{}", Method::DELETE, Route::Delete),
    ("/ingest/{}", Method::POST, Route::Ingest),
    ("/v1/actions/runs", Method::GET, Route::ListRuns),
    ("/v1/actions/runs/{}", Method::GET, Route::GetRun),
    ("/v1/actions/runs/{}", Method::PATCH, Route::UpdateRun),
    ("/v1/actions/runs/{}/approval", Method::PATCH, Route::ApproveRun),
    ("/v1/actions/runs/{}/logs", Method::GET, Route::ListRunLogs),
    ("/v1/actions/runs/{}/logs", Method::POST, Route::AddRunLog),
    ("/v1/workflows/nodes/runs/{}", Method::PATCH, Route::UpdateNodeRun),
    ("/v1/workflows/nodes/runs/{}/logs", Method::POST, Route::AddNodeRunLogs),
];

/// An operation of the API, that of getting a token included.
///
/// In JSON its name is in lower case: `"create"`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{FakePort, Fault, Route};
///
/// let port = FakePort::start().await;
/// port.inject(Fault::status(503).on(Route::WRITES)); // the next write fails
/// # reqwest::Client::new().post(format!("{}/v1/webhooks", port.uri())).bearer_auth(port.issue_token()).send().await?;
/// // … the code under test creates a webhook …
/// port.requests().of([Route::Create]).answered(503).assert_count(1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Route {
    /// `POST /v1/auth/access_token`: get a token.
    Token,
    /// `GET /v1/webhooks`: read all webhooks, or a page of them.
    List,
    /// `GET /v1/webhooks/metadata`: read a summary of all webhooks.
    Metadata,
    /// `GET /v1/webhooks/{identifier}`: read a webhook.
    Get,
    /// `POST /v1/webhooks`: create a webhook.
    Create,
    /// `PATCH /v1/webhooks/{identifier}`: change some fields of a webhook.
    Update,
    /// `PUT /v1/webhooks/{identifier}`: replace a webhook.
    Replace,
    /// `DELETE /v1/webhooks/{identifier}`: delete a webhook.
    Delete,
    /// `POST /ingest/{webhookKey}`, the `url` of a webhook of the live profile: send an event to a data source.
    Ingest,
    /// `GET /v1/actions/runs`: read all runs of actions, or those with an external id. This and the following are of
    /// the live profile.
    ListRuns,
    /// `GET /v1/actions/runs/{run_id}`: read a run.
    GetRun,
    /// `PATCH /v1/actions/runs/{run_id}`: report on a run.
    UpdateRun,
    /// `PATCH /v1/actions/runs/{run_id}/approval`: approve or decline a run.
    ApproveRun,
    /// `GET /v1/actions/runs/{run_id}/logs`: read a page of the log of a run.
    ListRunLogs,
    /// `POST /v1/actions/runs/{run_id}/logs`: add a message to the log of a run.
    AddRunLog,
    /// `PATCH /v1/workflows/nodes/runs/{node_run_id}`: report on the run of a workflow node.
    UpdateNodeRun,
    /// `POST /v1/workflows/nodes/runs/{node_run_id}/logs`: add messages to its log.
    AddNodeRunLogs,
}

impl Route {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Token,
        Self::List,
        Self::Metadata,
        Self::Get,
        Self::Create,
        Self::Update,
        Self::Replace,
        Self::Delete,
        Self::Ingest,
        Self::ListRuns,
        Self::GetRun,
        Self::UpdateRun,
        Self::ApproveRun,
        Self::ListRunLogs,
        Self::AddRunLog,
        Self::UpdateNodeRun,
        Self::AddNodeRunLogs,
    ];

    /// Whether a request for it names one webhook or one run.
    pub(crate) fn has_identifier(self) -> bool {
        !matches!(self, Self::Token | Self::List | Self::Metadata | Self::ListRuns)
    }

    /// Whether the live profile alone has it.
    pub(crate) fn is_live(self) -> bool {
        matches!(
            self,
            Self::Ingest
                | Self::ListRuns
                | Self::GetRun
                | Self::UpdateRun
                | Self::ApproveRun
                | Self::ListRunLogs
                | Self::AddRunLog
                | Self::UpdateNodeRun
                | Self::AddNodeRunLogs
        )
    }

    /// Whether a request for it needs a token, and counts towards the rate limit.
    pub(crate) fn needs_token(self) -> bool {
        !matches!(self, Self::Token | Self::Ingest)
    }

    /// Those that change webhooks.
    pub const WRITES: [Self; 4] = [Self::Create, Self::Update, Self::Replace, Self::Delete];
}

/// Its name in JSON.
impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

/// An operation, and the identifier of its webhook or run in the path or, of a create, in the body. For an event of a data
/// source [`of`](Self::of) gives the key of the webhook in place of its identifier.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Route,
    pub(crate) identifier: Option<String>,
}

/// No route has the path or, with the methods of its routes, the method.
#[derive(Debug, Clone)]
pub(crate) struct NoRoute(pub(crate) Option<String>);

impl Call {
    pub(crate) fn of(method: &Method, path: &str) -> Result<Self, NoRoute> {
        let mut methods = Vec::new();
        for (template, known, operation) in &ROUTES {
            let Some(identifier) = identifier(template, path) else { continue };
            if known == method {
                return Ok(match (operation, identifier) {
                    (Route::Get, Some(name)) if name == "metadata" => {
                        Self { operation: Route::Metadata, identifier: None }
                    }
                    (operation, identifier) => Self { operation: *operation, identifier },
                });
            }
            methods.push(known.as_str());
        }
        Err(NoRoute((!methods.is_empty()).then(|| methods.join(", "))))
    }

    /// The identifier in the path; empty for an operation that has none.
    pub(crate) fn identifier(&self) -> &str {
        self.identifier.as_deref().unwrap_or_default()
    }
}

/// The identifier in a path of this form, if the form has one. `None` for a path of another form.
#[allow(clippy::option_option)] // Two questions.
fn identifier(template: &str, path: &str) -> Option<Option<String>> {
    let Some((before, after)) = template.split_once(IDENTIFIER) else {
        return (template == path).then_some(None);
    };
    let segment = path.strip_prefix(before)?.strip_suffix(after)?;
    if segment.is_empty() || segment.contains('/') {
        return None;
    }
    // Decoded once: a `%2F` does not end the segment.
    Some(Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned()))
}
