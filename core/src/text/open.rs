//! Why a profile could not be opened. Nothing was changed or deleted for it.

use super::{Advice, Arguments, Explain, Happening, Value, codes::codes};
use crate::{
    error::{OpenError, WhoActs},
    store::OpenError as ProfileError,
};

codes! {
    /// What happened, of an [`OpenError`].
    OpenText {
        InUse "profile-in-use": "另一个程序正在使用这份资料。", "Another program is using this profile.";
        Newer "profile-newer": "这份资料由更新的版本写成（格式{found}，本版本最高支持{supported}）。", "This profile was written by a newer version (schema {found}; this one knows up to {supported}).";
        Damaged "profile-damaged": "资料文件已损坏；没有更改或删除任何内容。", "The profile's file is damaged; nothing was changed or deleted.";
        Foreign "profile-foreign": "该文件属于另一个程序。", "The file belongs to another program.";
        Replaced "profile-replaced": "资料文件已被另一份替换。", "The profile's file was replaced by another one.";
        Missing "profile-missing": "资料文件不见了。", "The profile's file is gone.";
        Full "profile-disk-full": "存储空间已满，无法打开资料。", "The disk is full, so the profile cannot be opened.";
        ReadOnly "profile-read-only": "资料文件无法写入。", "The profile's file cannot be written.";
        NotADirectory "profile-not-a-directory": "资料所在的路径不是文件夹。", "The profile's path leads through something that is not a folder.";
        Denied "profile-denied": "没有打开资料文件的权限。", "There is no permission to open the profile's file.";
        Other "profile-unusable": "资料文件无法打开（{detail}）。", "The profile's file cannot be opened ({detail}).";
        Config "config-unusable": "连接设置无法使用（{detail}）。", "The connection settings cannot be used ({detail}).";
        ShuttingDown "open-shutting-down": "应用正在关闭。", "The app is shutting down.";
    }
}

impl Explain for OpenError {
    fn happening(&self, arguments: Arguments) -> Happening {
        use OpenText as O;
        let of = |code: O, advice, who| Happening::new(code, advice, arguments.clone()).acted_on_by(who);
        let detail = |code: O, detail: String, advice, who| {
            let arguments = arguments.clone().with("detail", Value::Text(detail));
            Happening::new(code, advice, arguments).acted_on_by(who)
        };
        match self {
            Self::Profile(ProfileError::InUse) => of(O::InUse, Advice::CloseOther, WhoActs::Person),
            Self::Profile(ProfileError::Newer { found, supported }) => {
                let figure = |number: i64| Value::Text(number.to_string());
                let arguments = arguments.with("found", figure(*found)).with("supported", figure(*supported));
                Happening::new(O::Newer, Advice::UpdateApp, arguments).acted_on_by(WhoActs::Person)
            }
            Self::Profile(ProfileError::Damaged) => of(O::Damaged, Advice::KeepFile, WhoActs::Bank),
            Self::Profile(ProfileError::Foreign) => of(O::Foreign, Advice::CheckPath, WhoActs::Person),
            Self::Profile(ProfileError::Replaced) => of(O::Replaced, Advice::OpenAgain, WhoActs::Person),
            Self::Profile(ProfileError::Missing) => of(O::Missing, Advice::CheckPath, WhoActs::Person),
            Self::Profile(ProfileError::Full) => of(O::Full, Advice::FreeSpace, WhoActs::Person),
            Self::Profile(ProfileError::ReadOnly) => of(O::ReadOnly, Advice::CheckPath, WhoActs::Person),
            Self::Profile(ProfileError::NotADirectory) => of(O::NotADirectory, Advice::CheckPath, WhoActs::Person),
            Self::Profile(ProfileError::Denied) => of(O::Denied, Advice::CheckPath, WhoActs::Person),
            Self::Profile(ProfileError::Io(kind)) => {
                detail(O::Other, kind.to_string(), Advice::CheckPath, WhoActs::Person)
            }
            Self::Profile(ProfileError::Sqlite(code)) => {
                detail(O::Other, format!("SQLite {code}"), Advice::CheckPath, WhoActs::Person)
            }
            Self::Config(what) => detail(O::Config, (*what).to_owned(), Advice::CheckSettings, WhoActs::Developer),
            Self::ShuttingDown => of(O::ShuttingDown, Advice::OpenAgain, WhoActs::Wait),
        }
    }
}
