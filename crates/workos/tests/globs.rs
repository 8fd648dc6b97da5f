//! A name that two resources share exists only in their modules, so a glob import of the root never
//! conflicts with one of a module.

#![deny(warnings)]

/// Every name that two resources share, imported from a module along with the root.
macro_rules! with_the_root {
    ($($test:ident: $module:ident { $($name:ident)* })*) => {$(
        mod $test {
            #[allow(unused_imports)]
            use workos::*;
            use workos::$module::*;

            #[test]
            fn the_modules_name_is_the_one() {
                let names = [$((
                    std::any::type_name::<$name>(),
                    std::any::type_name::<workos::$module::$name>(),
                )),*];
                assert!(names.iter().all(|(name, of_module)| name == of_module), "{names:?}");
            }
        }
    )*};
}

with_the_root! {
    agents: agents { ListSessionsParams }
    client_api: client_api { CreateTokenParams }
    directory_sync: directory_sync { ListUsersParams }
    sso: sso { GetAuthorizationUrlParams GetLogoutUrlParams }
    user_management: user_management {
        GetAuthorizationUrlParams GetLogoutUrlParams ListSessionsParams ListUsersParams
    }
    widgets: widgets { CreateTokenParams }
}
