-- The billers' books in schema 2, with the tables as they were at 087a56e, and rows of a sandbox that was lived in.
BEGIN TRANSACTION;
CREATE TABLE account(
  biller TEXT NOT NULL REFERENCES biller,
  number TEXT NOT NULL,
  holder TEXT NOT NULL,
  address TEXT NOT NULL,
  revises INTEGER NOT NULL,
  refuses INTEGER NOT NULL,
  slow_ms INTEGER NOT NULL,
  PRIMARY KEY (biller, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "account" VALUES('gas-sh','SG31000182','王小明','上海市静安区南京西路1266弄8号',0,0,0);
INSERT INTO "account" VALUES('gas-sh','SG31000279','冯刚','上海市静安区南京西路1266弄8号',0,1,0);
INSERT INTO "account" VALUES('gas-sh','SG31000376','褚燕','上海市静安区南京西路1266弄8号',1,0,0);
INSERT INTO "account" VALUES('heat-sh','8800000013','王小明','上海市浦东新区世纪大道100号3栋502室',0,0,0);
INSERT INTO "account" VALUES('mobile-cn','13900000001','王小明','上海市浦东新区世纪大道100号3栋502室',0,0,0);
INSERT INTO "account" VALUES('mobile-cn','13900000002','李娜','上海市浦东新区世纪大道100号3栋502室',0,1,0);
INSERT INTO "account" VALUES('mobile-cn','13900000003','陈建国','上海市浦东新区世纪大道100号3栋502室',0,0,3000);
INSERT INTO "account" VALUES('power-sh','3110001017','王小明','上海市浦东新区世纪大道100号3栋502室',0,0,0);
INSERT INTO "account" VALUES('power-sh','3110001025','李娜','上海市浦东新区世纪大道100号3栋502室',0,0,0);
INSERT INTO "account" VALUES('power-sh','3110001033','陈建国','上海市浦东新区世纪大道100号3栋502室',0,0,0);
INSERT INTO "account" VALUES('power-sh','3110001041','赵敏','上海市浦东新区世纪大道100号3栋502室',1,0,0);
INSERT INTO "account" VALUES('power-sh','3110001058','刘洋','上海市浦东新区世纪大道100号3栋502室',0,1,0);
INSERT INTO "account" VALUES('power-sh','3110001066','孙丽','上海市浦东新区世纪大道100号3栋502室',0,0,3000);
INSERT INTO "account" VALUES('power-sh','3110001074','周杰','上海市浦东新区世纪大道100号3栋502室',0,0,0);
INSERT INTO "account" VALUES('power-sh','3110001082','吴芳','上海市浦东新区世纪大道100号3栋502室',0,0,0);
INSERT INTO "account" VALUES('property-gh','A03-1101','李娜','上海市徐汇区光华花园B座12楼',0,0,0);
INSERT INTO "account" VALUES('property-gh','B12-0502','王小明','上海市徐汇区光华花园B座12楼',0,0,0);
INSERT INTO "account" VALUES('property-gh','C07-0304','何平','上海市徐汇区光华花园B座12楼',1,0,0);
INSERT INTO "account" VALUES('water-sh','2100200018','王小明','上海市静安区南京西路1266弄8号',0,0,0);
INSERT INTO "account" VALUES('water-sh','2100200026','Li Na','上海市静安区南京西路1266弄8号',0,0,0);
INSERT INTO "account" VALUES('water-sh','2100200034','钱伟','上海市静安区南京西路1266弄8号',0,0,3000);
INSERT INTO "account" VALUES('water-sh','210020019X','郑爽','上海市静安区南京西路1266弄8号',0,0,0);
CREATE TABLE bill(
  biller TEXT NOT NULL,
  number TEXT NOT NULL,
  customer TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  billed INTEGER NOT NULL,
  received INTEGER NOT NULL,
  minimum INTEGER NOT NULL,
  maximum INTEGER NOT NULL,
  late_fee INTEGER,
  period TEXT,
  due_date TEXT,
  updated_at INTEGER NOT NULL,
  items TEXT NOT NULL,
  PRIMARY KEY (biller, number),
  FOREIGN KEY (biller, customer) REFERENCES account(biller, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "bill" VALUES('gas-sh','G0001','SG31000182','bill','open',1,9876,0,9876,9876,NULL,'2026-12','2026-12-11',1795928210240,'[]');
INSERT INTO "bill" VALUES('gas-sh','G0002','SG31000279','bill','open',1,5000,0,5000,5000,NULL,'2026-12','2026-12-02',1795928210240,'[]');
INSERT INTO "bill" VALUES('gas-sh','G0003','SG31000376','bill','open',1,3300,0,3300,3300,NULL,'2026-12','2026-12-02',1795928210240,'[]');
INSERT INTO "bill" VALUES('heat-sh','H0001','8800000013','bill','open',1,88800,0,88800,88800,NULL,'2026-12','2026-12-14',1795928210240,'[]');
INSERT INTO "bill" VALUES('mobile-cn','M0001','13900000001','top_up','open',1,0,0,1000,50000,NULL,NULL,NULL,1795928210240,'[]');
INSERT INTO "bill" VALUES('mobile-cn','M0002','13900000002','top_up','open',1,0,0,1000,50000,NULL,NULL,NULL,1795928210240,'[]');
INSERT INTO "bill" VALUES('mobile-cn','M0003','13900000003','top_up','open',1,0,0,1000,50000,NULL,NULL,NULL,1795928210240,'[]');
INSERT INTO "bill" VALUES('power-sh','E0001','3110001017','bill','open',1,12345,0,12345,12345,NULL,'2026-12','2026-12-09',1795928210240,'[["电费",11845],["基金及附加",500]]');
INSERT INTO "bill" VALUES('power-sh','E0002','3110001025','bill','open',1,8800,0,8800,8800,NULL,'2026-11','2026-11-29',1795928210240,'[]');
INSERT INTO "bill" VALUES('power-sh','E0003','3110001033','bill','open',1,10235,0,10235,10235,235,'2026-10','2026-10-20',1795928210240,'[]');
INSERT INTO "bill" VALUES('power-sh','E0004','3110001033','bill','open',1,9950,0,9950,9950,NULL,'2026-11','2026-11-20',1795928210240,'[]');
INSERT INTO "bill" VALUES('power-sh','E0005','3110001033','bill','open',1,7420,0,7420,7420,NULL,'2026-12','2026-12-20',1795928210240,'[]');
INSERT INTO "bill" VALUES('power-sh','E0006','3110001041','bill','open',1,20000,0,20000,20000,NULL,'2026-12','2026-12-04',1795928210240,'[]');
INSERT INTO "bill" VALUES('power-sh','E0007','3110001058','bill','open',1,15600,0,15600,15600,NULL,'2026-12','2026-12-04',1795928210240,'[]');
INSERT INTO "bill" VALUES('power-sh','E0008','3110001066','bill','open',1,4321,0,4321,4321,NULL,'2026-12','2026-12-06',1795928210240,'[]');
INSERT INTO "bill" VALUES('power-sh','E0009','3110001074','bill','paid',1,0,0,6600,6600,NULL,'2026-11','2026-11-26',1795928210240,'[]');
INSERT INTO "bill" VALUES('property-gh','P0001','B12-0502','bill','open',1,368000,0,10000,368000,NULL,'2026-12','2026-12-29',1795928210240,'[["物业费",318000],["停车费",50000]]');
INSERT INTO "bill" VALUES('property-gh','P0002','A03-1101','bill','open',1,120000,0,120000,120000,NULL,'2026-12','2026-12-05',1795928210240,'[]');
INSERT INTO "bill" VALUES('property-gh','P0003','C07-0304','bill','open',1,99900,0,99900,99900,NULL,'2026-12','2026-12-05',1795928210240,'[]');
INSERT INTO "bill" VALUES('water-sh','W0001','2100200018','bill','paid',2,6000,6000,1000,6000,NULL,'2026-12','2026-12-13',1795928289391,'[]');
INSERT INTO "bill" VALUES('water-sh','W0002','2100200026','bill','open',1,3050,0,1,3050,NULL,'2026-12','2026-12-01',1795928210240,'[]');
INSERT INTO "bill" VALUES('water-sh','W0003','210020019X','bill','open',1,4000,0,500,4000,NULL,'2026-11','2026-11-28',1795928210240,'[]');
INSERT INTO "bill" VALUES('water-sh','W0004','210020019X','bill','open',1,4200,0,500,4200,NULL,'2026-12','2026-12-28',1795928210240,'[]');
INSERT INTO "bill" VALUES('water-sh','W0005','2100200034','bill','open',1,2000,0,100,2000,NULL,'2026-12','2026-12-07',1795928210240,'[]');
CREATE TABLE biller(
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  retry_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "biller" VALUES('gas-sh',1,0,NULL);
INSERT INTO "biller" VALUES('heat-sh',1,1,NULL);
INSERT INTO "biller" VALUES('mobile-cn',1,0,NULL);
INSERT INTO "biller" VALUES('power-sh',1,0,NULL);
INSERT INTO "biller" VALUES('property-gh',1,0,NULL);
INSERT INTO "biller" VALUES('water-sh',1,0,NULL);
CREATE TABLE charge(
  biller TEXT NOT NULL REFERENCES biller,
  number BLOB NOT NULL,
  state TEXT NOT NULL,
  bill TEXT,
  version_at INTEGER,
  version_after INTEGER,
  amount INTEGER,
  billed INTEGER,
  reference TEXT,
  charged_at INTEGER,
  undone_at INTEGER,
  PRIMARY KEY (biller, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "charge" VALUES('water-sh',X'E71AB158ED14875BC04A61D6ABE2C8D5399B8CB64A7597F7208CB1FD359C830F','charged','W0001',1,2,6000,6000,'B06C964E7E34C5764',1795928289391,NULL);
CREATE TABLE difference(
  biller TEXT NOT NULL,
  number BLOB NOT NULL,
  what TEXT NOT NULL,
  day INTEGER NOT NULL,
  bill TEXT,
  amount INTEGER,
  stated INTEGER,
  found_at INTEGER NOT NULL,
  told_at INTEGER,
  resolved_at INTEGER,
  PRIMARY KEY (biller, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE entry(
  id INTEGER PRIMARY KEY,
  biller TEXT NOT NULL,
  number BLOB NOT NULL,
  debit TEXT NOT NULL,
  credit TEXT NOT NULL,
  amount INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
INSERT INTO "entry" VALUES(1,'water-sh',X'E71AB158ED14875BC04A61D6ABE2C8D5399B8CB64A7597F7208CB1FD359C830F','bank','W0001',6000,1795928289391);
CREATE TABLE reconciled(
  biller TEXT NOT NULL,
  day INTEGER NOT NULL,
  signature TEXT NOT NULL,
  lines INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (biller, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE stated(
  biller TEXT NOT NULL,
  number BLOB NOT NULL,
  kind INTEGER NOT NULL,
  corrects INTEGER NOT NULL,
  day INTEGER NOT NULL,
  bill TEXT NOT NULL,
  amount INTEGER NOT NULL,
  charge_day INTEGER NOT NULL,
  times INTEGER NOT NULL,
  PRIMARY KEY (biller, number, kind, corrects, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX bill_of_customer ON bill(biller, customer);
CREATE INDEX charge_of_payable ON charge(biller, bill, version_at);
CREATE INDEX entry_of_charge ON entry(biller, number);
CREATE INDEX stated_on ON stated(biller, day);
CREATE INDEX stated_open ON stated(biller, day) WHERE kind = 0;
CREATE INDEX difference_open ON difference(biller) WHERE resolved_at IS NULL;
CREATE INDEX charge_at ON charge(biller, charged_at);
COMMIT;
PRAGMA user_version = 2;
