//! Teams that a platform creates for its users.

use crate::products::platform_teams::{create, team};

routes! {
    platform_teams;
    create_team(body) => write create;
    get_team(team_id) => read team;
}
