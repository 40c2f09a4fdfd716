"""Who lives in the demo: names of the world, names that break things, service accounts."""

from zitadel_tui.demo import data

FIRST: list[str] = data.load("names.json")["first"]
LAST: list[str] = data.load("names.json")["last"]

WORLD = (
    ("日本", "太郎"),
    ("김", "철수"),
    ("محمد", "الأحمد"),
    ("נחמה", "כהן"),
    ("नरेन्द्र", "शर्मा"),
    ("Zoë", "Ångström-Þórsdóttir"),
    ("e\u0301toile", "Nu\u0303nez"),
    ("محمد\u200cعلی", "رضایی"),
    ("👩\u200d👩\u200d👧\u200d👦", "Familie"),
    ("Ng", "O"),
    ("李", "小龙"),
    ("ﾊﾝｶｸ", "ｶﾅ"),
    ("Владимир", "Петров"),
    ("Θάλεια", "Παπαδοπούλου"),
    ("W" * 200, "Wide"),
    ("長" * 100, "長" * 100),
    ("Jean-Christophe Maximilien Alexandre", "de La Rochefoucauld-Montbel von und zu Hohenlohe"),
    ("Sean", "O'Brien-Łukasiewicz"),
)

HOSTILE = (
    ("[/foo]", "Closing"),
    ("[@click=app.quit]Click[/]", "Me"),
    ("[red]Redd[/red]", "Markup"),
    ("User [/] x", "Slash"),
    ("[$primary]x", "[link=http://x]y"),
    ("\x1b]52;c;aGFja2Vk\x07Clip", "Board"),
    ("\x1b[2J\x1b[31mScreen", "Wiper"),
    ("\x9b31mC1", "Control"),
    ("Bell\x07\x07", "Ringer\x08\x08"),
    ("\u202eesreveR", "gnp\u202c.exe"),
    ("\u2066Isolate", "\u200fMark"),
    ("Two\nLines", "Tab\tbed\rReturn"),
    ("Nul\x00Byte", "Zero\u200bWidth"),
    ("=cmd|' /C calc'!A0", "Formula"),
    ("@SUM(A1:A9)", "+Plus"),
    ("-rf", "--help"),
    ('quote"comma,', "semi;colon"),
    ("$HOME `id`", "$(reboot)"),
    ("x\\", "[=]x[/=]"),
)

HOSTILE_LOGIN = "[/login]\x1b]0;owned\x07\u202e@evil"

# user name, name, description, roles in Acme, roles on the instance
ACCOUNTS = (
    ("onboarding-bot", "Onboarding", "brings people on board", ("ORG_OWNER",), ("IAM_OWNER_VIEWER",)),
    ("user-manager-bot", "User manager", "HR's interface", ("ORG_USER_MANAGER",), ()),
    ("viewer-bot", "Viewer", "read-only reports", ("ORG_OWNER_VIEWER",), ()),
    ("settings-bot", "Settings", "policies from git", ("ORG_SETTINGS_MANAGER",), ()),
    ("nobody-bot", "Nobody", "", (), ()),
    ("iam-bot", "Instance automation", "runs the instance", (), ("IAM_OWNER",)),
)

ROLE_MIX = (
    ("ORG_OWNER_VIEWER",),
    ("ORG_USER_MANAGER",),
    ("ORG_USER_PERMISSION_EDITOR",),
    ("ORG_PROJECT_CREATOR",),
    ("ORG_USER_MANAGER", "ORG_OWNER_VIEWER"),
    ("ORG_PROJECT_PERMISSION_EDITOR",),
    ("ORG_SETTINGS_MANAGER",),
    ("ORG_USER_SELF_MANAGER",),
    ("ORG_OWNER_VIEWER", "ORG_PROJECT_CREATOR"),
    ("SELF_MANAGEMENT_GLOBAL",),
    ("ORG_END_USER_IMPERSONATOR",),
)

# of those whose names attack: far down in a list that begins with the most powerful
HUMBLE_MIX = (
    ("ORG_OWNER_VIEWER",),
    ("ORG_USER_SELF_MANAGER",),
    ("ORG_OWNER_VIEWER", "ORG_USER_SELF_MANAGER"),
)
