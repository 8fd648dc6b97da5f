//! The basics in one go: create, get, update, list, delete, and an error that is handled.
//!
//! `cargo run --example quickstart` talks to the embedded emulator, over real HTTP, with no account
//! and no network. `cargo run --example quickstart -- --live` talks to WorkOS instead: it needs
//! `WORKOS_API_KEY`, takes `WORKOS_BASE_URL`, makes three objects and removes them again.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use workos::organizations::{CreateOrganization, ListOrganizationsParams, UpdateOrganization};
use workos::user_management::{CreateUser, Password};
use workos::{Client, Error, Timestamp};
use workos_emulator::Emulator;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().any(|argument| argument == "--live") {
        let client = Client::from_env()?;
        println!("Talking to {}", client.base_url());
        tour(&client, 2).await?;
    } else {
        let emulator = Emulator::start().await?;
        println!("Talking to an emulator on {}", emulator.base_url());
        let client =
            Client::builder().api_key(emulator.api_key()).base_url(emulator.base_url()).build();
        tour(&client, 250).await?;
        println!("The emulator served {} requests.", emulator.requests().count());
    }
    Ok(())
}

/// Makes `count` organizations and a user, shows what can be done with them, and removes them.
async fn tour(client: &Client, count: usize) -> Result<(), Error> {
    let mut made = Made::default();
    let result = visit(client, count, &mut made).await;
    // Clean up, even after an error.
    made.remove(client).await?;
    result
}

async fn visit(client: &Client, count: usize, made: &mut Made) -> Result<(), Error> {
    let organizations = client.organizations();

    println!("\n1. Create an organization");
    let run = format!("quickstart-{}", Timestamp::now().as_millis());
    let acme = organizations
        .create_organization(CreateOrganization {
            external_id: Some(run.clone()),
            ..CreateOrganization::new(format!("{run} 1"))
        })
        .await?;
    made.organizations.push(acme.id.clone());
    println!("   {} {:?}, created {}", acme.id, acme.name, acme.created_at);

    println!("\n2. Fetch it by its ID, and by its external ID");
    let same = organizations.get_organization(&acme.id).await?;
    let by_external_id = organizations.get_organization_by_external_id(&run).await?;
    println!("   the same organization both ways: {}", same == acme && by_external_id == acme);

    println!("\n3. Change its name");
    let change = UpdateOrganization { name: Some(format!("{run} renamed")), ..Default::default() };
    let acme = organizations.update_organization(&acme.id, change).await?;
    println!("   now {:?}, external ID still {:?}", acme.name, acme.external_id);

    println!("\n4. Create {} more and list all of them", count - 1);
    for number in 2..=count {
        let new = CreateOrganization::new(format!("{run} {number}"));
        made.organizations.push(organizations.create_organization(new).await?.id);
    }
    let ours = ListOrganizationsParams { search: Some(run.clone()), ..Default::default() };
    let mut pages = organizations.list_organizations(ours.clone()).pages();
    let mut total = 0;
    while let Some(page) = pages.try_next().await? {
        total += page.data.len();
        println!("   a page of {}, {total} so far", page.data.len());
    }
    let last = organizations.list_organizations_auto_paging(ours).try_next().await?;
    println!("   the newest is {:?}", last.map(|organization| organization.name));

    println!("\n5. Create a user with a password");
    let ada = client
        .user_management()
        .create_user(CreateUser {
            first_name: Some("Ada".into()),
            password: Some(Password::plaintext("correct horse battery staple 7")),
            ..CreateUser::new(format!("{run}@example.com"))
        })
        .await?;
    made.users.push(ada.id.clone());
    println!("   {} {} {:?}", ada.id, ada.email, ada.first_name);

    println!("\n6. Delete an organization and try to fetch it");
    made.organizations.retain(|id| *id != acme.id);
    organizations.delete_organization(&acme.id).await?;
    match organizations.get_organization(&acme.id).await {
        Ok(still) => println!("   still there: {}", still.id),
        Err(error) if error.is_not_found() => println!("   gone, as expected: {error}"),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// The objects to remove at the end.
#[derive(Default)]
struct Made {
    organizations: Vec<String>,
    users: Vec<String>,
}

impl Made {
    async fn remove(self, client: &Client) -> Result<(), Error> {
        println!("\n7. Remove the other {} objects", self.organizations.len() + self.users.len());
        let mut results = Vec::new();
        for id in &self.organizations {
            results.push(client.organizations().delete_organization(id).await);
        }
        for id in &self.users {
            results.push(client.user_management().delete_user(id).await);
        }
        // If one cannot be removed, the others still are.
        results.into_iter().collect::<Result<(), Error>>()?;
        println!("   done");
        Ok(())
    }
}
