# SPDX-License-Identifier: Apache-2.0
# What is renamed in the page as it is served: names that only the page knows, which are no member
# of an answer and none of the language or the browser, those first that are written most often;
# and some of the browser, which are declared anew.
set(browser_names Math Number String Object BigInt document JSON Infinity URLSearchParams localStorage Date)
set(names
  grid label screen panel end list durationOf marks countOf top children step old row link share
  plot load node child found time minus table begin spark color side ask routes last range paused
  before reload place view dots button dim choices again total fmt chosen props clock low stream
  digits3 serviceOf chart begun out rate HEIGHT bound select empty note response svg pad stack
  held sql timer gridOf Long fullTime none header figures most mark plus over search rowLimit
  fresh part heading depth percentile what taken area show filterBox box line wanted visible
  routesOf since draw bad number moment percent cell crumbs pickService ranged ENTRY closed
  traceLink ratio alarm SCREENS query connected addTrends WIDTH NAV day seconds when sample names
  trend ofService act pathOf base errorTable KEPT tiles filtersOf leader routeTable TAGS rank ROWS
  asked SUMS valueText folded inGrid PIECE_S pick alter sorted listen LIMIT logsOf figuresOf lines
  took news keyed build THEMES high counted quote shareOf date traceTable byId extent setRange
  goesOn look zone CALL spread tags logRows dotsOf until moved came FILTERS kindOf ROUTES_STEPS
  typing named drawingOf alertCards REST pause order early LOG_FILTERS form seen loadOverview
  power setTitle tries quantile schedule FIGURES patchChildren poll address help linked walk brief
  roots warned known shown pickSide WINDOWS badge serviceTable patch POLL_MS frame alerted classes
  typed params exact KEYS looks setTheme drawing silence NEWS_MS leave second sidesOf rehover
  scatter sumOf quantileOf alertCard STEPS_S NAMES_LOOKS sides bucketsOf visibleRows here
  ratherBad UNSEEN timeLabels times waterfall field pointer treeOf quantity alike levelOf STEPS
  stale askNames calm sampleOf STATES RANGE rest readTheme LEVELS done trends ROUTES path saved
  DEPTH_SHOWN RECENT NEWEST hover stepsOf nameOf MOST_LINES groups inside criticalOf routeRows
  said grows logTicks patchAttributes ATTRIBUTE_MAX filled serviceScreen given tickTime ticks pair
  SAMPLE)
