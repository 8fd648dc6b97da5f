//! Feature flags: control who has access to a feature.
//!
//! Flags are created in the dashboard. These operations enable and disable them, add and remove
//! targets, and list the flags that are on for a user or an organization.
//!
//! ```no_run
//! use workos::feature_flags::ListOrganizationFeatureFlagsParams;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let flags = client.feature_flags();
//! let organization_id = "org_01EHZNVPK3SFK441A1RGBFSHRT";
//!
//! flags.enable_feature_flag("new-editor").await?;
//! flags.add_flag_target("new-editor", organization_id).await?;
//!
//! let on = flags
//!     .list_organization_feature_flags(
//!         organization_id,
//!         ListOrganizationFeatureFlagsParams::default(),
//!     )
//!     .await?;
//! assert!(on.data.iter().any(|flag| flag.slug == "new-editor"));
//!
//! flags.remove_flag_target("new-editor", organization_id).await?;
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use crate::{ObjectType, Page, Timestamp};

api! {
    /// Flags and their targets. See [`feature_flags`](crate::feature_flags).
    #[doc(alias("feature_toggle", "rollout"))]
    FeatureFlagsApi, feature_flags;
}

#[doc(hidden)]
pub use crate::compat::feature_flags::*;

operations! {
    FeatureFlagsApi, feature_flags;

    /// Lists the flags of the environment, newest first by default.
    GET "/feature-flags" @ "feature-flags/flag/list"
        => list_feature_flags(query: ListFeatureFlagsParams) -> Page<FeatureFlag>;

    /// Fetches one flag.
    GET "/feature-flags/{slug}" @ "feature-flags/flag" => get_feature_flag(slug) -> FeatureFlag;

    /// Disables a flag in the environment: it is off for everyone.
    PUT "/feature-flags/{slug}/disable" @ "feature-flags/flag"
        => disable_feature_flag(slug) -> FeatureFlag;

    /// Enables a flag in the environment: its targets and default value apply.
    PUT "/feature-flags/{slug}/enable" @ "feature-flags/flag"
        => enable_feature_flag(slug) -> FeatureFlag;

    /// Turns a flag on for a user or an organization, `user_…` or `org_…`.
    ///
    /// # Errors
    ///
    /// 400 when the ID is neither a user's nor an organization's; 404 when there is no such flag,
    /// user or organization.
    POST "/feature-flags/{slug}/targets/{resource_id}" @ "feature-flags/targeting"
        => add_flag_target(slug, resource_id) -> ();

    /// Removes a user or an organization from the targets of a flag.
    ///
    /// # Errors
    ///
    /// 400 when the ID is neither a user's nor an organization's; 404 when there is no such flag,
    /// user or organization.
    DELETE "/feature-flags/{slug}/targets/{resource_id}" @ "feature-flags/targeting"
        => remove_flag_target(slug, resource_id) -> ();

    /// Lists the flags that are on for an organization.
    GET "/organizations/{organization_id}/feature-flags" @ "feature-flags/targeting"
        => list_organization_feature_flags(
            organization_id, query: ListOrganizationFeatureFlagsParams
        ) -> Page<FeatureFlag>;

    /// Fetches all flags of the environment with their targets, by slug, for local evaluation: a
    /// flag that is not enabled is off. An enabled one is on for its enabled targets, and has its
    /// default value for everyone else.
    GET "/sdk/feature-flags" => list_sdk_feature_flags() -> FlagPollResponse;

    /// Lists the flags that are on for a user, directly or through the user's organizations.
    GET "/user_management/users/{user_id}/feature-flags" @ "feature-flags/targeting"
        => list_user_feature_flags(user_id, query: ListUserFeatureFlagsParams) -> Page<FeatureFlag>;
}

list_params! {
    FeatureFlagsApi;
    ListFeatureFlagsParams for list_feature_flags {}
    ListOrganizationFeatureFlagsParams for list_organization_feature_flags {}
    ListUserFeatureFlagsParams for list_user_feature_flags {}
}

objects! {
    /// A feature flag.
    FeatureFlag {
        /// Always `feature_flag`.
        object: ObjectType,
        /// `flag_…`. Operations take the slug instead.
        id: String,
        /// The environment that it belongs to. Only in events.
        #[serde(skip_serializing_if = "Option::is_none")]
        environment_id: Option<String>,
        /// The unique key that your code refers to.
        slug: String,
        /// The display name, which need not be unique.
        name: String,
        /// The description.
        description: Option<String>,
        /// The owner on your team.
        owner: Option<FeatureFlagOwner>,
        /// Labels for filtering.
        tags: Vec<String>,
        /// Whether it is enabled in the environment.
        enabled: bool,
        /// The value for users and organizations that are not targets.
        default_value: bool,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// The team member who owns a flag.
    #[derive(Eq)]
    FeatureFlagOwner {
        /// The email address.
        email: String,
        /// The first name.
        first_name: Option<String>,
        /// The last name.
        last_name: Option<String>,
    }
}

/// All flags of an environment, by slug.
pub type FlagPollResponse = BTreeMap<String, FlagPollEntry>;

objects! {
    /// A flag with all that is needed to evaluate it.
    #[derive(Eq)]
    FlagPollEntry {
        /// The slug.
        slug: String,
        /// Whether it is enabled in the environment.
        enabled: bool,
        /// The value for users and organizations that are not targets.
        default_value: bool,
        /// The targets.
        targets: FlagPollTargets,
    }

    /// The targets of a flag.
    #[derive(Eq)]
    FlagPollTargets {
        /// The users.
        users: Vec<FlagPollTarget>,
        /// The organizations.
        organizations: Vec<FlagPollTarget>,
        /// Custom targets, such as workspaces.
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_targets: Option<Vec<FlagPollCustomTarget>>,
    }

    /// A user or an organization that is a target of a flag.
    #[derive(Eq)]
    FlagPollTarget {
        /// `user_…` or `org_…`
        id: String,
        /// Whether the flag is on for it.
        enabled: bool,
    }

    /// A custom target of a flag.
    #[derive(Eq)]
    FlagPollCustomTarget {
        /// The type, which you define.
        type_ as "type": String,
        /// Your own ID of it.
        id: String,
        /// Whether the flag is on for it.
        enabled: bool,
    }
}
