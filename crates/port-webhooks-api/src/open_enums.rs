//! Enumerations that keep unknown values.

/// Defines an enumeration of texts, with a variant `Other` for every other text.
///
/// Values are compared by their texts, so an `Other` with a known text equals the variant of that text.
macro_rules! open_enum {
    (
        $(#[$about:meta])*
        $name:ident { $($(#[$variant_about:meta])* $variant:ident = $text:literal,)+ }
    ) => {
        $(#[$about])*
        #[derive(Clone)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_about])* $variant,)+
            /// Any other text.
            Other(String),
        }

        impl $name {
            /// The known values, in the order of the documentation.
            pub const KNOWN: &[Self] = &[$(Self::$variant,)+];

            /// The text that is serialized.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// Whether this is a known value.
            pub fn is_known(&self) -> bool {
                matches!(self.as_str(), $($text)|+)
            }

            fn known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::Other(text.to_owned()))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or(Self::Other(text))
            }
        }

        impl From<&$name> for $name {
            fn from(value: &Self) -> Self {
                value.clone()
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, concat!(stringify!($name), "({:?})"), self.as_str())
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

open_enum! {
    /// An event that a subscription can receive ("Webhook Events" in Port's documentation).
    ///
    /// An unknown event is kept as text and sent as it is; Port decides whether to reject it.
    ///
    /// ```
    /// use port_webhooks_api::EventType;
    ///
    /// assert_eq!(EventType::from("run.completed"), EventType::RunCompleted);
    /// assert_eq!(EventType::from("scorecard.created").as_str(), "scorecard.created");
    /// assert_eq!(EventType::KNOWN.len(), 12);
    /// ```
    EventType {
        /// `entity.created`: an entity was created.
        EntityCreated = "entity.created",
        /// `entity.updated`: an entity was updated.
        EntityUpdated = "entity.updated",
        /// `entity.deleted`: an entity was deleted.
        EntityDeleted = "entity.deleted",
        /// `action.created`: an action was created.
        ActionCreated = "action.created",
        /// `action.updated`: an action was updated.
        ActionUpdated = "action.updated",
        /// `action.deleted`: an action was deleted.
        ActionDeleted = "action.deleted",
        /// `run.created`: a run of an action was created.
        RunCreated = "run.created",
        /// `run.updated`: the status of a run changed.
        RunUpdated = "run.updated",
        /// `run.completed`: a run completed.
        RunCompleted = "run.completed",
        /// `blueprint.created`: a blueprint was created.
        BlueprintCreated = "blueprint.created",
        /// `blueprint.updated`: a blueprint was updated.
        BlueprintUpdated = "blueprint.updated",
        /// `blueprint.deleted`: a blueprint was deleted.
        BlueprintDeleted = "blueprint.deleted",
    }
}

open_enum! {
    /// The origin of a data source. Live contract.
    IntegrationType {
        /// `custom`: created by its owner.
        Custom = "custom",
        /// `template`: created from one of Port's templates.
        Template = "template",
    }
}

open_enum! {
    /// The algorithm of the signatures of deliveries to a data source. Live contract.
    SignatureAlgorithm {
        /// `sha1`: HMAC-SHA1 over the body, in hex.
        Sha1 = "sha1",
        /// `sha256`: HMAC-SHA256 over the body, in hex.
        Sha256 = "sha256",
        /// `plain`: the secret itself.
        Plain = "plain",
    }
}

open_enum! {
    /// The status of the run of an action.
    RunStatus {
        /// `IN_PROGRESS`: the service has not reported its end yet.
        InProgress = "IN_PROGRESS",
        /// `SUCCESS`: ended well.
        Success = "SUCCESS",
        /// `FAILURE`: ended badly.
        Failure = "FAILURE",
        /// `WAITING_FOR_APPROVAL`: nothing has been sent to the service yet.
        WaitingForApproval = "WAITING_FOR_APPROVAL",
        /// `DECLINED`: not approved, and so ended.
        Declined = "DECLINED",
    }
}

open_enum! {
    /// Whether a run that waits for approval may begin.
    ApprovalDecision {
        /// `APPROVE`
        Approve = "APPROVE",
        /// `DECLINE`
        Decline = "DECLINE",
    }
}

open_enum! {
    /// The status of the run of a workflow node.
    NodeRunStatus {
        /// `IN_PROGRESS`
        InProgress = "IN_PROGRESS",
        /// `COMPLETED`: ended, with a [`NodeRunResult`].
        Completed = "COMPLETED",
    }
}

open_enum! {
    /// How the run of a workflow node ended.
    NodeRunResult {
        /// `SUCCESS`
        Success = "SUCCESS",
        /// `FAILED`
        Failed = "FAILED",
        /// `CANCELLED`
        Cancelled = "CANCELLED",
    }
}

open_enum! {
    /// How severe a log message of a workflow node is.
    LogLevel {
        /// `DEBUG`
        Debug = "DEBUG",
        /// `INFO`
        Info = "INFO",
        /// `WARN`
        Warn = "WARN",
        /// `ERROR`
        Error = "ERROR",
    }
}
