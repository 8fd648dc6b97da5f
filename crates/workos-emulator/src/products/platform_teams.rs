//! Teams that a platform creates for its users.

use workos::ObjectType;
use workos::platform_teams::*;
use workos_contract::is_email;

use crate::fields::email;
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, Store, StoredTeam};

/// The team with this ID, or 404.
pub(crate) fn team<'a>(store: &'a Store, id: &str) -> Answer<&'a Team> {
    store.teams.get(id).map(|row| &row.team).ok_or_else(|| not_found(id))
}

/// Creates a team and invites its administrator.
pub(crate) fn create(change: &mut Change<'_>, input: CreateTeam) -> Answer<Team> {
    let admin_email = email(&input.admin_email);
    if !is_email(&admin_email) {
        let message = "must be an email address.";
        return Err(Refusal::invalid(&[Invalid::new("admin_email", "invalid", message)]));
    }
    let mut team = Team::default();
    team.object = ObjectType::Team;
    team.id = change.id(StoredTeam::PREFIX);
    team.name = input.name;
    team.production_state = TeamProductionState::Inactive;
    team.created_at = change.now();
    team.updated_at = change.now();
    change.mail(&admin_email, EmailKind::TeamInvitation, None, &team.id);
    let row = StoredTeam { id: team.id.clone(), admin_email, team };
    change.insert(row).map(|row| row.team.clone())
}

/// What becomes of a team in the dashboard: its administrator sets up billing, or WorkOS suspends
/// it.
pub(crate) fn set_production_state(
    change: &mut Change<'_>,
    id: &str,
    state: TeamProductionState,
) -> Answer<Team> {
    let mut row: StoredTeam = change.copy(id).map_err(|_| not_found(id))?;
    if state == TeamProductionState::Active {
        row.team.production_enabled_at.get_or_insert(change.now());
    }
    row.team.production_state = state;
    row.team.updated_at = change.now();
    change.put(row).map(|row| row.team.clone())
}

fn not_found(id: &str) -> Refusal {
    Refusal::not_found(StoredTeam::NAME, id).with("code", "team_not_found")
}
