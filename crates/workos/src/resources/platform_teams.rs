//! Platform teams: WorkOS teams that a platform makes for its customers.
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
    /// WorkOS teams that a platform makes for its customers. See
    /// [`platform_teams`](crate::platform_teams).
    PlatformTeamsApi, platform_teams;
}

#[doc(hidden)]
pub use crate::compat::platform_teams::*;

operations! {
    PlatformTeamsApi, platform_teams;

    /// Creates a team with a staging and a production environment, and invites its administrator
    /// by email.
    POST "/platform/teams" => create_team(body: CreateTeam) -> Team;

    /// Fetches one team.
    GET "/platform/teams/{team_id}" => get_team(team_id) -> Team;
}

inputs! {
    /// A new team.
    CreateTeam {
        /// The address of its administrator, who is invited.
        admin_email: String,
        /// The name.
        name: String,
    }
}

objects! {
    /// A customer of WorkOS, with environments of its own.
    Team {
        /// Always `team`.
        object: ObjectType,
        /// The id, to fetch it by.
        id: String,
        /// The name, as it was given.
        name: String,
        /// Whether it can have production environments.
        production_state: TeamProductionState,
        /// When it first could, if it ever has.
        production_enabled_at: Option<Timestamp>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// Whether a team can have production environments.
    pub enum TeamProductionState {
        /// It can: billing is set up.
        Active = "Active",
        /// Not before an administrator has set up billing in the dashboard.
        Inactive = "Inactive",
        /// It is barred.
        Suspended = "Suspended",
        /// It is about to be gone.
        Deleting = "Deleting",
    }
}
