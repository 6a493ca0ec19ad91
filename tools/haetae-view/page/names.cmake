# SPDX-License-Identifier: Apache-2.0
# What is renamed in the page as it is served: names that only the page knows, which are no member
# of an answer and none of the language or the browser, those first that are written most often;
# and some of the browser, which are declared anew.
set(browser_names Math Number String Object BigInt document JSON Infinity URLSearchParams localStorage Date)
set(names
  grid label screen panel list old end durationOf marks countOf step children top link row found
  minus share plot time load node child table begin spark color side paused last reload button
  place before view range routes dim ask dots again choices fmt chosen total props clock digits3
  low note stream serviceOf chart empty out begun select sql rate HEIGHT bound gridOf pad timer
  stack Long held svg response plus mark header search figures most over none act fullTime heading
  visible closed pickService alarm ranged stored what since show taken part wanted percentile line
  box percent filterBox crumbs traceLink rowLimit draw depth cell ratio bad area fresh moment
  routesOf ENTRY number trend day query names SCREENS ofService WIDTH when seconds pathOf sample
  NAV addTrends connected THEMES build SUMS asked TAGS traceTable folded KEPT rank base filtersOf
  byId leader high PIECE_S pick ROWS LIMIT store date shareOf counted sorted routeTable logsOf
  news inside errorTable lines valueText tiles inGrid figuresOf listen quote keyed took classes
  schedule FIGURES frame linked seen drawingOf setTitle loadOverview POLL_MS order tags zone
  logRows pickSide named dotsOf moved came brief extent quantile setRange serviceTable known poll
  alerted roots form address patch walk typed goesOn kindOf tries warned LOG_FILTERS CALL WINDOWS
  ROUTES_STEPS look power spread alertCards badge typing params early REST help patchChildren
  shown FILTERS until pause visibleRows STATES leave starts readTheme RANGE quantity filled sides
  quantileOf setTheme alertCard grows tickTime words timeLabels logTicks second NAMES_LOOKS nameOf
  DEPTH_SHOWN exact askNames trends NEWS_MS silence said NEWEST field levelOf here waterfall looks
  scatter timelineOf serviceScreen STEPS_S alike rehover routeRows STEPS saved stale MOST_LINES
  pair path RECENT stepsOf SAMPLE hover times criticalOf ATTRIBUTE_MAX bucketsOf pointer UNSEEN
  groups alter sampleOf KEYS ratherBad given ticks sidesOf rest sumOf done calm treeOf drawing
  patchAttributes ROUTES LEVELS)
