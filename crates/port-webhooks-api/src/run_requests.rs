//! Constructors and setters of the bodies that report on a run.

use serde_json::Value;

use crate::{
    ApprovalDecision, ExtraFields, HiddenJson, Links, LogLevel, NewNodeRunLogs, NewRunLog, NodeRunLog,
    NodeRunPatch, NodeRunResult, NodeRunStatus, RunApproval, RunPatch, RunStatus, Secret,
};

impl RunPatch {
    /// A patch that sets no field.
    ///
    /// ```
    /// use port_webhooks_api::RunPatch;
    ///
    /// let patch = RunPatch::new().status_label("Building").link("https://builds.example.com/118");
    /// assert_eq!(serde_json::to_value(patch)?, serde_json::json!({
    ///     "statusLabel": "Building", "link": "https://builds.example.com/118",
    /// }));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the run. Port accepts [`Success`](RunStatus::Success) and [`Failure`](RunStatus::Failure).
    #[must_use]
    pub fn status(mut self, status: impl Into<RunStatus>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// Sets the label that describes the status.
    #[must_use]
    pub fn status_label(mut self, label: impl Into<String>) -> Self {
        self.status_label = Some(label.into());
        self
    }

    /// Adds a link that the portal shows with the run.
    #[must_use]
    pub fn link(mut self, link: impl Into<String>) -> Self {
        self.link.get_or_insert_default().0.push(link.into());
        self
    }

    /// Sets the links that the portal shows with the run, in place of earlier ones.
    #[must_use]
    pub fn links<L: Into<String>>(mut self, links: impl IntoIterator<Item = L>) -> Self {
        self.link = Some(Links::from_iter(links));
        self
    }

    /// Sets what became of the run, in Markdown. Everybody who sees the run can read it.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<Secret>) -> Self {
        self.summary = Some(summary.into());
        self
    }

    /// Sets the identifier of the run in the service, such as that of a build, by which the run can be found.
    #[must_use]
    pub fn external_run_id(mut self, id: impl Into<String>) -> Self {
        self.external_run_id = Some(id.into());
        self
    }
}

impl NewRunLog {
    /// A log message, which may have several lines. Everybody who sees the run can read it.
    pub fn new(message: impl Into<Secret>) -> Self {
        Self {
            message: message.into(),
            termination_status: None,
            status_label: None,
            extra: ExtraFields::default(),
        }
    }

    /// Ends the run with this message. Port accepts [`Success`](RunStatus::Success) and
    /// [`Failure`](RunStatus::Failure).
    #[must_use]
    pub fn ending(mut self, status: impl Into<RunStatus>) -> Self {
        self.termination_status = Some(status.into());
        self
    }

    /// Sets the label that describes the status.
    #[must_use]
    pub fn status_label(mut self, label: impl Into<String>) -> Self {
        self.status_label = Some(label.into());
        self
    }
}

impl From<&str> for NewRunLog {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for NewRunLog {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl RunApproval {
    /// A decision, with a reason if there is one.
    pub fn new(decision: impl Into<ApprovalDecision>, reason: Option<String>) -> Self {
        Self { status: decision.into(), description: reason, extra: ExtraFields::default() }
    }
}

impl NodeRunPatch {
    /// A patch that sets no field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the node with a result.
    #[must_use]
    pub fn result(mut self, result: impl Into<NodeRunResult>) -> Self {
        (self.status, self.result) = (Some(NodeRunStatus::Completed), Some(result.into()));
        self
    }

    /// Sets what later nodes of the workflow can read: an object.
    #[must_use]
    pub fn output(mut self, output: impl Into<Value>) -> Self {
        self.output = Some(HiddenJson(output.into()));
        self
    }
}

impl NodeRunLog {
    /// A log message with its level.
    pub fn new(level: impl Into<LogLevel>, message: impl Into<Secret>) -> Self {
        Self { level: level.into(), message: message.into(), extra: ExtraFields::default() }
    }
}

impl FromIterator<NodeRunLog> for NewNodeRunLogs {
    fn from_iter<I: IntoIterator<Item = NodeRunLog>>(logs: I) -> Self {
        Self { logs: logs.into_iter().collect(), extra: ExtraFields::default() }
    }
}
