//! Words by which customers and leads are found.

use crm::customer::{self, Amendment, CustomerKind, NewCustomer};
use crm::word::{self, Subject};
use kernel::{CustomerId, Lang, Scope};
use store::testing::{both, cause, now};
use store::{Db, QueryExt, Tx, args};

use super::world::{ROOMS, World, sales};

async fn made(world: &World, name: &str, phone: &str) -> CustomerId {
    let new = NewCustomer {
        address: "Jl. Melati 5".into(),
        ..NewCustomer::new(name, phone, world.jakarta)
    };
    let work = async |tx: &mut Tx| customer::create(tx, new.clone()).await.map(|c| c.id);
    world.db.write(&cause(now()), work).await.unwrap()
}

async fn having(db: &Db, word: &str) -> Vec<CustomerId> {
    let (table, id) = Subject::Customer.table();
    let sql = format!("select {id} from {table} where word = $1 order by {id}");
    db.reader().values(&sql, args![word]).await.unwrap()
}

fn renamed(name: &str) -> Amendment {
    Amendment {
        name: name.into(),
        kind: CustomerKind::Personal,
        phone: "081234567890".into(),
        email: None,
        nik: None,
        npwp: None,
        address: "Jl. Melati 5".into(),
        lat: None,
        lon: None,
        withholds_pph23: false,
        withholds_wapu: false,
        lang: Lang::Id,
    }
}

#[tokio::test]
async fn a_renamed_customer_has_the_words_of_the_new_name_only() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db.clone()).await;
        let id = made(&world, "Budi Santoso", "081234567890").await;
        assert_eq!(having(&db, "budi").await, [id]);
        assert_eq!(having(&db, "7890").await, [id]);
        let desk = sales(Scope::all());
        let form = renamed("Badu Santoso");
        world
            .run(&desk, async move |tx: &mut Tx| customer::amend(tx, id, form).await)
            .await
            .unwrap();
        assert!(having(&db, "budi").await.is_empty());
        assert_eq!((having(&db, "badu").await, having(&db, "melati").await), (vec![id], vec![id]));
        assert!(word::check(&mut db.reader()).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn customers_of_before_get_their_words_at_the_next_start() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db.clone()).await;
        let id = made(&world, "Budi", "081234567890").await;
        let spoil = async |tx: &mut Tx| {
            tx.exec("delete from crm_word", args![]).await?;
            let orphan = args![CustomerId::nil()];
            tx.exec("insert into crm_word (word, customer_id) values ('hantu', $1)", orphan)
                .await?;
            let todo = "insert into crm_word_todo (subject, id) values ('customer', $1)";
            tx.exec(todo, args![id]).await
        };
        db.write(&cause(now()), spoil).await.unwrap();
        let broken = word::check(&mut db.reader()).await.unwrap();
        let expected =
            ["the word hantu belongs to no customer".to_owned(), format!("customer {id}")];
        assert_eq!(broken.into_iter().map(|b| b.1).collect::<Vec<_>>(), expected);
        assert_eq!(word::fill(&db, &cause(now())).await.unwrap(), 1);
        assert_eq!(word::fill(&db, &cause(now())).await.unwrap(), 0);
        assert_eq!(having(&db, "budi").await, [id]);
        let gone =
            async |tx: &mut Tx| tx.exec("delete from crm_word where word = 'hantu'", args![]).await;
        db.write(&cause(now()), gone).await.unwrap();
        assert_eq!(word::rebuild(&db, &cause(now())).await.unwrap(), 1);
        assert!(word::check(&mut db.reader()).await.unwrap().is_empty());
    })
    .await;
}
