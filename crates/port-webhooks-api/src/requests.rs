//! Constructors and setters of the bodies of a create and a replacement, which have the same fields, and constructors of
//! the mappings and security settings in them.

use serde_json::Value;

use crate::{
    EventType, IntegrationType, JqOrQuery, Mapping, MappingEntity, MappingOperation, NewWebhook, Secret,
    Security, WebhookReplacement,
};

macro_rules! webhook_setters {
    ($type:ident) => {
        impl $type {
            /// A subscription: Port sends its events to `url`. Documented contract.
            ///
            /// Port requires an `identifier` of 1 to 30 characters, an absolute http or https `url` that it can
            /// reach, and at least one event.
            pub fn subscription(identifier: impl Into<String>, url: impl Into<String>) -> Self {
                Self { identifier: Some(identifier.into()), url: Some(url.into()), ..Self::default() }
            }

            /// A data source: third parties send data to Port, which turns it into entities. Live contract.
            ///
            /// Port requires a `title` of at most 30 characters, and generates an identifier unless one is set. The
            /// data source is enabled.
            pub fn data_source(title: impl Into<String>) -> Self {
                Self { title: Some(title.into()), enabled: Some(true), ..Self::default() }
            }

            /// Sets the identifier.
            #[must_use]
            pub fn identifier(mut self, identifier: impl Into<String>) -> Self {
                self.identifier = Some(identifier.into());
                self
            }

            /// Sets the title, at most 30 characters.
            #[must_use]
            pub fn title(mut self, title: impl Into<String>) -> Self {
                self.title = Some(title.into());
                self
            }

            /// Sets the description, at most 200 characters.
            #[must_use]
            pub fn description(mut self, description: impl Into<String>) -> Self {
                self.description = Some(description.into());
                self
            }

            /// Sets the icon. Live contract.
            #[must_use]
            pub fn icon(mut self, icon: impl Into<String>) -> Self {
                self.icon = Some(icon.into());
                self
            }

            /// Sets the URL that Port sends deliveries to. Documented contract.
            #[must_use]
            pub fn url(mut self, url: impl Into<String>) -> Self {
                self.url = Some(url.into());
                self
            }

            /// Sets the events to subscribe to. An unknown event is sent as it is. Documented contract.
            #[must_use]
            pub fn events<E: Into<EventType>>(mut self, events: impl IntoIterator<Item = E>) -> Self {
                self.events = Some(events.into_iter().map(Into::into).collect());
                self
            }

            /// Adds a header that Port sends with each delivery. Documented contract.
            #[must_use]
            pub fn header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
                self.headers.get_or_insert_default().insert(name, value);
                self
            }

            /// Adds headers that Port sends with each delivery. Documented contract.
            #[must_use]
            pub fn headers<N: Into<String>, V: Into<Secret>>(
                mut self,
                headers: impl IntoIterator<Item = (N, V)>,
            ) -> Self {
                self.headers.get_or_insert_default().extend(headers);
                self
            }

            /// Sets the secret that signs deliveries: raw text, not empty.
            #[must_use]
            pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
                self.security.get_or_insert_default().secret = Some(secret.into());
                self
            }

            /// Sets the security settings, as a whole.
            #[must_use]
            pub fn security(mut self, security: Security) -> Self {
                self.security = Some(security);
                self
            }

            /// Sets whether the webhook is active: a subscription sends deliveries, a data source accepts them.
            #[must_use]
            pub fn enabled(mut self, enabled: bool) -> Self {
                self.enabled = Some(enabled);
                self
            }

            /// Sets how deliveries become entities. Live contract.
            #[must_use]
            pub fn mappings(mut self, mappings: impl IntoIterator<Item = Mapping>) -> Self {
                self.mappings = Some(mappings.into_iter().collect());
                self
            }

            /// Sets the origin of the data source. Live contract.
            #[must_use]
            pub fn integration_type(mut self, integration_type: impl Into<IntegrationType>) -> Self {
                self.integration_type = Some(integration_type.into());
                self
            }

            /// Sets a field by its JSON name: one without a setter, or with a value that its setter does not accept.
            /// It replaces what the setter has set.
            #[must_use]
            pub fn field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
                let name = name.into();
                match name.as_str() {
                    "identifier" => self.identifier = None,
                    "title" => self.title = None,
                    "description" => self.description = None,
                    "icon" => self.icon = None,
                    "url" => self.url = None,
                    "events" => self.events = None,
                    "headers" => self.headers = None,
                    "security" => self.security = None,
                    "enabled" => self.enabled = None,
                    "mappings" => self.mappings = None,
                    "integrationType" => self.integration_type = None,
                    _ => {}
                }
                self.extra.insert(name, value.into());
                self
            }
        }
    };
}

webhook_setters!(NewWebhook);
webhook_setters!(WebhookReplacement);

impl Mapping {
    /// A mapping that creates entities of a blueprint. `identifier` is the jq expression, or the query, for the
    /// identifier of an entity.
    ///
    /// ```
    /// use port_webhooks_api::Mapping;
    ///
    /// let mapping = Mapping::create("incident", ".body.id");
    /// assert_eq!(serde_json::to_value(mapping)?, serde_json::json!({
    ///     "blueprint": "incident", "operation": { "type": "create" }, "entity": { "identifier": ".body.id" },
    /// }));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn create(blueprint: impl Into<String>, identifier: impl Into<JqOrQuery>) -> Self {
        Self::new(blueprint.into(), identifier.into(), MappingOperation::Create)
    }

    /// A mapping that deletes entities of a blueprint. `identifier` is the jq expression for the identifier of an
    /// entity.
    pub fn delete(blueprint: impl Into<String>, identifier: impl Into<String>) -> Self {
        Self::new(
            blueprint.into(),
            JqOrQuery::Jq(identifier.into()),
            MappingOperation::Delete { delete_dependents: None },
        )
    }

    fn new(blueprint: String, identifier: JqOrQuery, operation: MappingOperation) -> Self {
        Self {
            blueprint: Some(blueprint),
            operation: Some(operation),
            entity: Some(MappingEntity { identifier: Some(identifier), ..MappingEntity::default() }),
            ..Self::default()
        }
    }
}

impl Security {
    /// Settings with a secret only, as for a subscription.
    pub fn with_secret(secret: impl Into<Secret>) -> Self {
        Self { secret: Some(secret.into()), ..Self::default() }
    }
}
