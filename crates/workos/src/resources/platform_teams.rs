//! Platform teams: WorkOS accounts that a platform creates for its users.
//!
//! ```no_run
//! use workos::platform_teams::{CreateTeam, TeamProductionState};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let teams = client.platform_teams();
//!
//! let team = teams.create_team(CreateTeam::new("ada@example.com", "Acme")).await?;
//!
//! // Later, when the administrator has accepted the invitation and set up billing:
//! let team = teams.get_team(&team.id).await?;
//! let is_ready = team.production_state == TeamProductionState::Active;
//! # let _ = is_ready;
//! # Ok(()) }
//! ```

use crate::{ObjectType, Timestamp};

api! {
    /// WorkOS accounts that a platform creates for its users. See
    /// [`platform_teams`](crate::platform_teams).
    #[doc(alias = "platform")]
    PlatformTeamsApi, platform_teams;
}

#[doc(hidden)]
pub use crate::compat::platform_teams::*;

operations! {
    PlatformTeamsApi, platform_teams;

    /// Creates a team with a staging and a production environment, and invites its administrator
    /// by email.
    POST "/platform/teams" @ "platform/team/create" => create_team(body: CreateTeam) -> Team;

    /// Fetches a team.
    GET "/platform/teams/{team_id}" @ "platform/team/get" => get_team(team_id) -> Team;
}

inputs! {
    /// A new team.
    CreateTeam {
        /// The email address of the administrator, who is invited.
        admin_email: String,
        /// The name.
        name: String,
    }
}

objects! {
    /// A WorkOS account with its own environments and billing.
    Team {
        /// Always `team`.
        object: ObjectType,
        /// The ID, `team_…`.
        id: String,
        /// The name.
        name: String,
        /// Whether production environments are available.
        production_state: TeamProductionState,
        /// When production environments first became available, if ever.
        production_enabled_at: Option<Timestamp>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// Whether production environments are available to a team.
    pub enum TeamProductionState {
        /// Available: billing is set up.
        Active = "Active",
        /// Not available until an administrator sets up billing in the dashboard.
        Inactive = "Inactive",
        /// The team is suspended.
        Suspended = "Suspended",
        /// The team is being deleted.
        Deleting = "Deleting",
    }
}
