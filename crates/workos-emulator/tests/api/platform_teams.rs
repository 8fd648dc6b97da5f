//! Teams that a platform creates.

use workos::platform_teams::*;
use workos_emulator::EmailKind;

use super::trial::{Trial, refusal};

#[tokio::test]
async fn a_team_is_created_and_its_administrator_invited() {
    let trial = Trial::new().await;
    let teams = trial.client().platform_teams();
    let team = teams.create_team(CreateTeam::new("Ada@Example.com", "Acme")).await.unwrap();
    assert!(team.id.starts_with("team_"));
    assert_eq!(
        (team.name.as_str(), &team.production_state, team.production_enabled_at),
        ("Acme", &TeamProductionState::Inactive, None)
    );
    assert_eq!(teams.get_team(&team.id).await.unwrap(), team);
    let email = trial.emulator.outbox().last_to("ada@example.com").unwrap();
    assert_eq!((email.kind, &email.object_id), (EmailKind::TeamInvitation, &team.id));
}

#[tokio::test]
async fn a_team_keeps_when_it_first_became_active() {
    let trial = Trial::new().await;
    let teams = trial.client().platform_teams();
    let mut team = teams.create_team(CreateTeam::new("ada@example.com", "Acme")).await.unwrap();
    let set = |id: &str, state| trial.emulator.fixtures().set_team_production_state(id, state);
    let first = trial.wait(1);
    for state in
        [TeamProductionState::Active, TeamProductionState::Suspended, TeamProductionState::Active]
    {
        team.production_state = state.clone();
        team.production_enabled_at = Some(first);
        team.updated_at = trial.emulator.clock().now();
        assert_eq!(set(&team.id, state), Some(team.clone()));
        assert_eq!(teams.get_team(&team.id).await.unwrap(), team);
        trial.wait(1);
    }
    assert_eq!(set("team_x", TeamProductionState::Active), None);
}

#[tokio::test]
async fn an_administrator_has_one_team() {
    let trial = Trial::new().await;
    let teams = trial.client().platform_teams();
    teams.create_team(CreateTeam::new("ada@example.com", "Acme")).await.unwrap();
    let again = teams.create_team(CreateTeam::new("ADA@example.com", "Globex")).await;
    assert_eq!(refusal(again), "409 user_already_exists");
    assert_eq!(trial.emulator.outbox().all().len(), 1);
    let nobody = teams.create_team(CreateTeam::new("ada", "Acme")).await;
    assert_eq!(refusal(nobody), "422 invalid_request_parameters admin_email");
    let nameless = teams.create_team(CreateTeam::new("bob@example.com", " ")).await;
    assert_eq!(refusal(nameless), "422 invalid_request_parameters name");
    assert_eq!(refusal(teams.get_team("team_x").await), "404 team_not_found");
}
