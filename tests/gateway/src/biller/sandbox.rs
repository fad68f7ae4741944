//! The billers of the sandbox: six houses, each with another kind of customer number.

use super::{
    catalogue::{Biller, Capabilities, Check, Contact, NumberRule, Texts},
    seeds::SeedBiller,
};
use crate::leg::LegSecret;

/// The billers of a fresh sandbox.
#[must_use]
pub fn billers() -> Vec<SeedBiller> {
    let full = Capabilities { partial: false, top_up: false, tombstone: true };
    vec![
        house(
            ("power-sh", "power", "上海电力", "Shanghai Power"),
            rule(("户号", "Customer number"), ("3110001017", r"31\d{8}", 10, Check::Luhn)),
            full,
            "95598",
        ),
        house(
            ("water-sh", "water", "上海城投水务", "Shanghai Water"),
            rule(("销根号", "Account number"), ("2100200018", r"21\d{7}[\dX]", 10, Check::Mod11_2)),
            Capabilities { partial: true, ..full },
            "962740",
        ),
        // Its books cannot leave a tombstone (rule 4).
        house(
            ("gas-sh", "gas", "上海燃气", "Shanghai Gas"),
            rule(("用户号", "User number"), ("SG31000182", r"SG\d{8}", 10, Check::Mod97_10)),
            Capabilities { tombstone: false, ..full },
            "962777",
        ),
        house(
            ("mobile-cn", "mobile", "中国移动", "China Mobile"),
            rule(("手机号码", "Mobile number"), ("13900000001", r"1[3-9]\d{9}", 11, Check::None)),
            Capabilities { top_up: true, ..full },
            "10086",
        ),
        house(
            ("property-gh", "property", "光华物业", "Guanghua Property"),
            rule(("房号", "Unit number"), ("B12-0502", r"[A-Z]\d{2}-\d{4}", 8, Check::None)),
            Capabilities { partial: true, ..full },
            "021-55550100",
        ),
        // Closed until the season begins; its kind is one that older clients do not know.
        SeedBiller {
            closed: true,
            ..house(
                ("heat-sh", "heating", "上海热力", "Shanghai Heating"),
                rule(("用热号", "Heating number"), ("8800000013", r"88\d{8}", 10, Check::Luhn)),
                full,
                "021-55550200",
            )
        },
    ]
}

fn house(
    (id, kind, zh, en): (&str, &str, &str, &str),
    customer_number: NumberRule,
    capabilities: Capabilities,
    phone: &str,
) -> SeedBiller {
    let hours = Texts::new("每日 8:00–20:00", "daily 8:00–20:00");
    let contact = Contact { phone: phone.to_owned(), hours };
    let (id, kind, name) = (id.to_owned(), kind.to_owned(), Texts::new(zh, en));
    // A sandbox's secret protects nothing; a bank configures its own.
    let secret = LegSecret::new(format!("sandbox secret of {id}"));
    let biller = Biller { id, kind, name, customer_number, capabilities, contact };
    SeedBiller { biller, secret, closed: false }
}

fn rule((zh, en): (&str, &str), (example, pattern, length, check): (&str, &str, u8, Check)) -> NumberRule {
    NumberRule {
        label: Texts::new(zh, en),
        help: Texts::new(
            &format!("见账单右上角的{zh}，共{length}位"),
            &format!("{en}, top right on the bill, {length} characters"),
        ),
        example: example.to_owned(),
        pattern: pattern.to_owned(),
        min_length: length,
        max_length: length,
        check,
    }
}
