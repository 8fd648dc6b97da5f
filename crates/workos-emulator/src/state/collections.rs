//! The macro that declares the collections of [`Store`](super::Store).

/// Declares the collections.
///
/// ```text
/// object organizations: Organization, "org", "Organization" {
///     keys {
///         unique "external_id" by |row, key| each(&row.external_id, key),
///             400 "external_id_already_used" "Another organization has this external_id.";
///     }
///     events { OrganizationCreated OrganizationUpdated OrganizationDeleted }
///     of { Team by "team"; }
/// }
/// ```
///
/// is a field of [`Store`], its type of rows, the prefix of their IDs, and what they are called in
/// errors. Where a change has no event, several, or one with another payload than the row, `tells
/// function;` makes them. What `first function;` names is done before a row is removed with all that
/// goes with it. Where other rows depend on it, `then function;` keeps them in step. An `object` has
/// the type, the ID and the times of the API; a `row` has only an `id`. Rows that are of no use after
/// the time in a field are forgotten some time `after field;`. A child names its parent and
/// the index by which it is found; a parent knows no child. One index serves look-ups, uniqueness,
/// lists of a parent's children, and their deletion with it.
macro_rules! collections {
    ($($kind:ident $field:ident: $type:ident, $prefix:literal, $name:literal {
        $(keys { $(
            $how:ident $index:literal by $keys:expr
                $(, $status:literal $code:literal $message:literal)?;
        )* })?
        $(events { $created:ident $updated:ident $deleted:ident })?
        $(tells $tells:path;)?
        $(then $then:path;)?
        $(first $first:path;)?
        $(after $end:ident;)?
        $(of { $($parent:ident by $parent_key:literal;)* })?
    })*) => {
        /// All rows of an environment.
        #[derive(Debug, Default, Clone)]
        pub(crate) struct Store {
            /// Whether requests are held to what the official emulator accepts, not to the API.
            pub(crate) drop_in: bool,
            $(pub(crate) $field: Collection<$type>,)*
        }

        $(
            impl Entity for $type {
                const NAME: &'static str = $name;
                const PREFIX: &'static str = $prefix;
                const INDEXES: &'static [Index<Self>] = &[$($(Index {
                    name: $index,
                    keys: $keys,
                    unique: collections!(@ $how $($status $code $message)?),
                },)*)?];

                fn table() -> &'static Table {
                    static TABLE: Table = Table::of::<$type>(stringify!($field));
                    &TABLE
                }

                fn id(&self) -> &str {
                    &self.id
                }

                collections! { @touch $kind }

                $(fn events(&self, happened: Happened) -> Vec<EventData> {
                    vec![match happened {
                        Happened::Created => EventData::$created(self.clone()),
                        Happened::Updated => EventData::$updated(self.clone()),
                        Happened::Deleted => EventData::$deleted(self.clone()),
                    }]
                })?
                $(fn events(&self, happened: Happened) -> Vec<EventData> {
                    $tells(self, happened).into_iter().collect()
                })?

                fn collection(store: &Store) -> &Collection<Self> {
                    &store.$field
                }

                fn collection_mut(store: &mut Store) -> &mut Collection<Self> {
                    &mut store.$field
                }

                fn cascade(change: &mut Change<'_>, id: &str) {
                    $($first(change, id);)?
                    remove_children(change, TypeId::of::<Self>(), id);
                }

                $(fn forget_ended(change: &mut Change<'_>) {
                    change.forget_ended::<Self>(|row| row.$end);
                })?

                $(fn follow(
                    change: &mut Change<'_>,
                    row: &Self,
                    happened: Happened,
                ) -> Answer<()> {
                    $then(change, row, happened)
                })?
            }

            collections! { @object $kind $type }
        )*

        /// All collections, whatever their rows are.
        pub(crate) fn tables() -> impl Iterator<Item = &'static Table> {
            let tables: &[fn() -> &'static Table] = &[$(<$type as Entity>::table,)*];
            tables.iter().map(|table| table())
        }

        #[cfg(test)]
        impl Store {
            /// All that each collection holds, in words.
            pub(super) fn contents(&self) -> Vec<(&'static str, Vec<String>)> {
                vec![$((stringify!($field), self.$field.contents()),)*]
            }
        }

        /// Removes the rows whose parent this is. Not generic over the parent: the compiler would
        /// write all of it for each.
        fn remove_children(change: &mut Change<'_>, parent: TypeId, id: &str) {
            $($($(if parent == TypeId::of::<$parent>() {
                change.remove_all::<$type>($parent_key, id);
            })*)?)*
        }
    };

    (@ many) => { None };
    (@ unique $status:literal $code:literal $message:literal) => {
        Some(Taken { status: $status, code: $code, message: $message })
    };

    (@touch row) => {};
    (@touch object) => {
        fn touch(&mut self, now: Timestamp) {
            self.updated_at = now;
        }
    };

    (@object row $type:ident) => {};
    (@object object $type:ident) => {
        impl Object for $type {
            fn begin(&mut self, id: String, now: Timestamp) {
                self.object = ObjectType::$type;
                self.id = id;
                self.created_at = now;
                self.updated_at = now;
            }
        }
    };
}

pub(super) use collections;
