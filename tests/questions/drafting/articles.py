"""Articles on other topics, written for these tests. They are correct, but no medical sources."""

END = """
## Sources

- [A library of health](https://library.example/health)

## Disclaimer

This is for learning, not medical advice.
"""

IRON = (
    """# Iron and tiredness

## Key points

### KP1 Carrying oxygen
Iron sits at the heart of haemoglobin. Without it, less oxygen travels in the blood.

### KP2 Two kinds in food
The iron of meat is taken up more easily than the iron of plants, which needs help from vitamin C.

### KP3 Tests before tablets
A blood test shows whether iron is lacking; tablets taken blindly can do harm.

## Comparison

| No. | Feature | Lentils | Beef | Spinach |
|---|---|---|---|---|
| T1 | Share taken up | about a twentieth | about a quarter | about a fiftieth |
| T2 | Vitamin C | hardly any | none at all | a good deal |
| T3 | Animal protein | missing | plentiful | missing |

## Lists

### L1 Foods rich in iron
Each portion adds to the day's iron:

- Lentils
- Beef
- Pumpkin seeds
- Mussels and clams
- Dark chocolate

### L2 Foods that hinder iron uptake
They bind iron in the gut:

- Raw bran
- Rhubarb
- Milk and cheese
- Dark chocolate

### L3 Drinks that hinder iron uptake
They do the same:

- Black tea
- Strong coffee
- Red wine

## Background

### B1 The store
Ferritin is a protein that keeps iron ready for later. The liver holds most of it.

### B2 In the gut
The duodenum is the first stretch of the small intestine. Iron is taken up there.

### B3 The carrier
Haemoglobin, the pigment that binds oxygen in red cells, cannot be built without iron. A surplus
may settle in the organs (haemochromatosis).
"""
    + END
)

SLEEP = (
    """# Sleeping well

## Key points

### KP1 An inner clock
Light in the morning sets the inner clock, so that people tire at the right hour.

### KP2 Pressure to sleep
The longer somebody is awake, the more adenosine gathers in the brain.

## Frequently asked questions

### FAQ1 Why does coffee keep people awake?
It blocks the places where adenosine docks. The pressure to sleep is there but is not felt.

### FAQ2 Why do shift workers sleep badly?
Their inner clock still says day when they lie down. Light and noise do the rest.

### FAQ3 Why does a cool bedroom help?
Its air lets the body shed warmth. A falling temperature is a signal for sleep.

### FAQ4 Should I nap after lunch?
A short nap does little harm. A long one late in the day takes sleep from the night.

## Comparison

| No. | Feature | Deep sleep | Dream sleep |
|---|---|---|---|
| T1 | Muscles | They stay slightly tense. | They go wholly limp. |
| T2 | Eyes | They hardly move at all. | They dart to and fro. |
| T3 | Brain waves | They are slow and tall. | They look like those of waking. |

## Lists

### L1 Causes of poor sleep
What keeps people awake at night:

- Coffee late in the day
- Bright light in the evening
- A noisy street
- Worries
- Sleep apnoea, because breathing stops again and again

### L2 Signs of poor sleep
What shows the next day:

- Heavy eyelids in meetings
- Short temper
- Worries
- Slips of attention at the wheel

### L3 Aids to sleep
What can be tried first:

- Dark curtains: they keep street lamps and early sun out.
- A fixed hour to rise: it teaches the inner clock when the day begins.
- A walk by day: daylight and movement both make the evening calmer.

## Background

### B1 A few terms
Melatonin is a hormone that rises when darkness falls. Sleep apnoea, which means pauses in
breathing during the night, often goes unnoticed. Some people grind their teeth without knowing it
(bruxism).
"""
    + END
)

WATER_IN_RUSSIAN = (
    """# Вода и здоровье

## Key points

### KP1 Почему жажда запаздывает
С возрастом жажда слабеет. Поэтому пожилым людям стоит пить по часам.

### KP2 Откуда берётся вода
Часть воды приходит с едой. Особенно много её в супах и фруктах.

### KP3 Когда пить больше
В жару и при работе тело теряет больше воды. Её надо возмещать понемногу.

## Frequently asked questions

### FAQ1 Почему моча темнеет?
Почки берегут воду и выводят меньше жидкости. Вещества в ней становятся гуще.

### FAQ2 Считается ли чай?
Да, чай тоже приносит воду. Его лёгкое действие на почки этого не отменяет.

## Comparison

| No. | Feature | Достаточно воды | Мало воды |
|---|---|---|---|
| T1 | Моча | Она светлая и обильная. | Она тёмная и скудная. |
| T2 | Внимание | Оно держится долго. | Оно быстро слабеет. |

## Lists

### L1 Признаки нехватки
На что смотреть:

- Сухие губы
- Тёмная моча
"""
    + END
)

# Key points as most web pages have them, without titles, some of which a person has written.
NAPS = (
    """# Naps at noon

## Key points

### KP1 TODO: a title of two to four words
Most adults stay alert with a pause of ten to twenty minutes around noon.

### KP2 Long naps leave people groggy
Long naps leave people groggy, because they wake from deep sleep.

### KP3 The afternoon
Whoever lies awake at night should nap before three or not at all.

### KP4 A nap is best taken in a dark and …
A nap is best taken in a dark and quiet room.

## Frequently asked questions

### FAQ1 Do short naps spoil the night?
Short naps do not spoil the night. Those late in the day may.

## Comparison

| No. | Feature | Short nap | Long nap |
|---|---|---|---|
| T1 | Share of deep sleep | 5 % | about 40 % |
| T2 | Waking | It is easy | It is hard |
| T3 | Heart rate | Slightly lower | It reaches its lowest values |
| T4 | Share of dreams | 3 % | 10 to 20 % |

## Lists

### L1 A nap is helped along by some things that many people …
They are at hand in most homes:

- A dark mask: it keeps the light of noon out.
- Soft ear plugs: they hold back what the street brings.
- An alarm clock: it ends the pause before sleep grows deep.
"""
    + END
)

MIGRAINE_FAQ = (
    """# Migraine: questions and answers

## Frequently asked questions

### FAQ1 What is an aura?
It is a spell of flickering lights or tingling before the pain. Most people never have one.

### FAQ2 What sets off an attack?
Missed meals, bright light and too little sleep are common. A diary shows which of them count.

### FAQ3 What helps during an attack?
A dark and quiet room is what most people seek. Medicine works best when it is taken early.

### FAQ4 Can children have migraine?
Yes. In children the attacks are often shorter, and the stomach may hurt more than the head.

### FAQ5 How is it told from other headaches?
By its story above all: it throbs on one side, grows worse on stairs and makes light hard to bear.
"""
    + END
)

POSTURE = (
    """# Sitting and the back

## Key points

### KP1 Change beats posture
No way of sitting is good for hours. What backs like is change.

### KP2 Movement as care
Pain in the lower back mostly fades sooner with gentle movement than with rest in bed.

## Background

### B1 The discs
Discs live on movement: they take in fluid when the load on them eases.
"""
    + END
)

ARTICLES = {
    "iron": IRON,
    "sleep": SLEEP,
    "water-in-russian": WATER_IN_RUSSIAN,
    "migraine-faq": MIGRAINE_FAQ,
    "posture": POSTURE,
    "naps": NAPS,
}
