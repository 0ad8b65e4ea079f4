//! How a data source came to be.

open_enum! {
    /// How a data source came to be. Live contract.
    IntegrationType {
        /// `custom`: made by its owner.
        Custom = "custom",
        /// `template`: made from one of Port's templates.
        Template = "template",
    }
}
