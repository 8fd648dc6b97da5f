//! What the providers of directories do over time: [`DirectoryScript`](crate::DirectoryScript).

use serde_json::Value;

use super::{Input, Route, created, delete, done, get, ok, post};
use crate::products::directory_scripts;
use crate::reply::{Answer, Response};
use crate::seed::read_script;

pub(super) const ROUTES: &[Route] = &[
    get("/_emulate/directories/{directory_id}/scripts", list),
    post("/_emulate/directories/{directory_id}/scripts", start),
    get("/_emulate/directory-scripts", list_all),
    delete("/_emulate/directory-scripts/{id}", stop),
];

fn list(input: &Input<'_>) -> Answer<Response> {
    ok(&input.environment.read(|view| directory_scripts::all(view, Some(input.id())))?)
}

fn start(input: &Input<'_>) -> Answer<Response> {
    let script = read_script(input.body::<Value>("invalid_script")?)?;
    let id = input.id();
    created(&input.environment.write(|change| directory_scripts::start(change, id, script, ""))?)
}

fn list_all(input: &Input<'_>) -> Answer<Response> {
    ok(&input.environment.read(|view| directory_scripts::all(view, None))?)
}

fn stop(input: &Input<'_>) -> Answer<Response> {
    input.environment.write(|change| directory_scripts::stop(change, input.id()))?;
    done()
}
