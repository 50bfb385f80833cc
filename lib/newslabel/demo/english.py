"""Plain English words that stand at the head of the demo's vocabulary, most frequent first; the rest is invented."""

from newslabel.demo.phrases import words_of

NOUNS = words_of("""
year government state president country group report law number week month company party city leader court plan issue
official member election vote policy problem case question minister service family house war story world power system
officer office change security decision deal attack school market statement day conflict budget agency rule
committee claim right program water newspaper price energy debate candidate meeting result effort region council student
worker job tax record message letter voter lawyer doctor street union bank risk charge hour source trade secret threat
village army judge team road future event bill force reform harvest community senator nation protest witness document
campaign speech expert study hospital prison weapon farm storm bridge river forest mountain island church museum film
""")

VERBS = words_of("""
report call ask want show work help turn start need move play open close talk visit support reject accept claim
warn announce confirm deny approve launch face join follow reach offer raise pass push expect remain return end vote
order remove protect attack defend discuss demand promise refuse review investigate question explain describe change
reveal expose destroy watch cover fail survive answer attempt carry consider continue create decide
""")

ADJECTIVES = words_of("""
new former last public national local major first political foreign free strong young old large small long early late
important different possible final secret official common recent special federal military social current private human
central clear serious simple certain broad poor rich quiet heavy deep narrow bitter sudden ordinary hidden honest
""")

ADVERBS = words_of("""
again often soon already quickly slowly recently clearly finally simply nearly openly quietly rarely largely widely
""")

PLACES = words_of("northport eastfield westbridge southgate highmoor longwater")

PEOPLE = words_of("hale marlow winter ashby thorne ellery")

# chance spells these, too; no invented word contains one
UNWANTED = words_of("""
anus arab clit crap cunt dago fag fart hindu jap jude koran moron nig pedo penis porn pube rape retard semen shit slut
spas teste tit turd vagin
""")
