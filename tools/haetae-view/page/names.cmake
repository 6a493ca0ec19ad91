# SPDX-License-Identifier: Apache-2.0
# What is renamed in the page as it is served: names that only the page knows, which are no member
# of an answer and none of the language or the browser, those first that are written most often;
# and some of the browser, which are declared anew.
set(browser_names Math Number String Object BigInt document JSON Infinity URLSearchParams localStorage Date)
set(names
  grid label screen panel end durationOf list marks old top step countOf children link row share
  plot load node child found minus time ask table begin spark color side range place last paused
  routes view before reload dots dim button again choices fmt chosen props total digits3 histogram
  low serviceOf clock stream chart line begun rate select out HEIGHT bound empty note Long svg
  gridOf held pad response sql timer stack known over fullTime figures alarm search mark most plus
  ranged none header pick percent depth percentile show crumbs visible draw taken box fresh
  heading closed traceLink bad wanted moment pickService ENTRY filterBox cell part rowLimit what
  number area since routesOf ratio NAV WIDTH addTrends seconds connected quote pathOf when query
  sample ofService trend act SCREENS day errorTable SUMS THEMES sides took base news listen
  valueText shareOf lines routeTable byId keyed TAGS asked filtersOf tiles leader saved date ROWS
  PIECE_S high figuresOf inGrid alter KEPT sorted build logsOf folded counted traceTable rank
  LIMIT typing badge FIGURES loadOverview until extent typed setTitle CALL classes zone came
  dotsOf power drawingOf POLL_MS schedule patch spread REST frame look address alertCards brief
  params early quantile serviceTable setRange FILTERS LOG_FILTERS tries moved kindOf alerted
  patchChildren ROUTES_STEPS roots shown seen pause logRows linked WINDOWS poll goesOn walk form
  pickSide tags named help order warned said NEWS_MS quantileOf scatter path DEPTH_SHOWN
  patchAttributes readTheme setTheme STEPS_S pointer UNSEEN alertCard second MOST_LINES stepsOf
  nameOf LEVELS drawing tickTime STEPS sumOf pair leave criticalOf silence looks rest sidesOf
  grows stale field waterfall quantity filled visibleRows here sampleOf STATES bucketsOf
  serviceScreen NAMES_LOOKS askNames timeLabels ATTRIBUTE_MAX inside NEWEST groups hover routeRows
  SIGNALS KEYS exact ROUTES done calm pickInstance RANGE ratherBad RECENT treeOf logTicks rehover
  levelOf given names times SAMPLE ticks trends alike)
