package cn.billpay.android

import android.content.Context
import java.io.File

/** Where a profile rests on a phone. */
public object ProfileFolder {
    /**
     * A folder that Android never copies, neither into a cloud backup nor to a new phone: a restored copy would be a
     * rolled-back ledger, without the keys that open it. For [cn.billpay.Configuration.profile].
     */
    public fun standard(context: Context, name: String = NAME): File = File(context.noBackupFilesDir, name)

    /**
     * The name that the backup rules of this library exclude, too: for an app that keeps the profile in its `files`
     * folder. Such an app names them in its manifest: `res/xml/billpay_backup_rules.xml` and
     * `res/xml/billpay_data_extraction_rules.xml`.
     */
    public const val NAME: String = "billpay"
}
