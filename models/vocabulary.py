"""Common Russian and English words, by hand: they tell a language from a slip of the keyboard.

Not a dictionary. `letters.py` counts the letter triples of these words, so that other words are judged too.
"""

from typing import Final

RUSSIAN: Final = frozenset(
    """
    а без более больше будет буду будут бы был была были было быть в вам вами вас ваш ваша ваше вашей ваши ваших
    вашу вдруг ведь весь во вот все всегда всего всей всем всех всё вся второй вторую вы где да даже два две
    дважды день дня дней для до долго должен должна должно другая другие другой другую его ее ей ему если есть еще
    ещё же за завтра зачем здесь и из или им ими их июня июля июль июнь к каждый как какая какие каким каких
    какого какой каком какую карте ко когда кого кому конечно который которая которые кроме кто куда ли лучше
    между меня мне много могла могли могу может можете можно мог мой моего моей моем моему моих мои мою моя моё
    мной мы на над надо нам нас наш наша наши не него нее ней нельзя нему нет нету неделю неделя недели ни никак
    никто ничего но ну нужен нужна нужно нужны о об один одна одно одну около он она они оно опять от очень перед
    по под пока после почему потом потому почти при про просто прошу пусть раз раза разве с сам сама сами само
    самый свой своего своей свои свою своих себе себя сегодня сейчас сколько скоро снова со совсем срочно так
    такая такие такое такой также там твой тебе тебя тем теперь то тогда того тоже той только том тому тот три тут
    ты у уж уже хоть хотя чего чем через что чтоб чтобы чье эта эти этим этих это этого этой этом этот эту я вчера
    позавчера послезавтра утром вечером ночью днем час часа часов минут минуту минуты месяц месяца месяцев год
    года лет раньше позже назад давно недавно понедельник вторник среда четверг пятница суббота воскресенье января
    февраля марта апреля мая августа сентября октября ноября декабря первый первая третий последний последние
    новый новая новое новую новые старый старая старую старой привет приветствую здравствуйте здравствуй здрасте
    добрый доброе доброго вечер утро спасибо пожалуйста пожалуста извините простите подскажите скажите помогите
    помочь помощь помощи благодарю досвидания свидания хорошо плохо понятно понял поняла ясно ладно ок нормально
    отлично супер класс ура жаль вопрос вопросы вопроса ответ ответа ответьте ответить отвечает отвечаете ответили
    объясните расскажите напишите пишу писал писала пишет написать написано хочу хочется хотел хотела хотели
    хотелось хотим хотите знаю знаете знать узнать понимаю понять думаю вижу видно смотреть посмотреть проверить
    проверьте проверка проверку сделать сделал сделала сделали делать делаю делает сделайте работает работают
    работать работал работала работе работу работа заработает работаете перестало перестала перестал перестали
    карта карты карту картой картам картами картах карточка карточку карточки карточке кредитка кредитку кредитки
    кредитной кредитная кредитную дебетовая дебетовую дебетовой виртуальная виртуальную виртуальной зарплатная
    зарплатную пластик пластиковая деньги денег деньгами деньгам денежный денежных средства средств наличные
    наличных наличку налик рубль рубля рублей рубли рублях доллар доллара долларов доллары евро валюта валюты
    валюту валюте курс курса курсе сумма суммы сумму суммой тысяч тысяча тысячи тысячу тыщ миллион копеек счет
    счета счету счетом счёт счёта счете счетов баланс баланса балансе остаток остатка остатки перевод перевода
    переводе переводов переводы переводу переводом перевести переведу перевел перевела перевели переведите
    переводил переводила перевожу переводить переводят отправить отправил отправила отправили отправлю отправляю
    отправлен отправлено отправка отправлять послать прислать пришлите прислали приходит приходят пришел пришла
    пришло пришли приходило приходил прийти придет придут придёт дошел дошло дошли дойдет поступил поступили
    поступило поступят поступит поступление зачислили зачислен зачисление зачислено зачисления зачислят вернуть
    вернули верните вернет вернут вернулись возврат возврата возвратить возвращают возвращение оплата оплаты
    оплату оплатой оплате оплатить оплатил оплатила оплачиваю оплачивать оплачено оплатили платить плачу платеж
    платежа платежи платежей платежу платежом платёж заплатить заплатил заплатила списали списание списания
    списать списано списывают списывается списалось списались списался снять снял сняла сняли снимать снимаю
    снятие снятия снимает снимают положить положил пополнить пополнил пополнила пополнение пополнения внести внес
    внесла вношу вносить внесу комиссия комиссию комиссии комиссией процент процента проценты процентов процентная
    ставка ставки ставку ставке кредит кредита кредиту кредитом кредите кредиты кредитов займ займа займы заем
    заём заёма займу долг долга долги долгу задолженность задолженности просрочка просрочки просрочку просрочил
    штраф штрафы штрафа пени погасить погашение погашения погасил погашаю гасить закрыть закрыл закрыла закрыли
    закройте закрыт закрытие закрытия досрочно досрочное досрочного частично полностью ипотека ипотеку ипотеки
    ипотеке ипотечный страховка страховку страховки страхование страхования отказ отказа отказаться отказали
    отказывает отказывают одобрили одобрено одобрение одобрят заявка заявку заявки заявке заявок заявление
    заявления статус статуса рассмотрение рассматривается рефинансирование реструктуризация отсрочка отсрочку
    отсрочки каникулы договор договора договору документ документы документов справка справку справки выписка
    выписку выписки реквизиты реквизитов паспорт паспорта паспорту паспортные данные данных адрес адреса прописка
    фамилия фамилию фамилии имя имени сменила сменил сменить смена поменять поменял поменяла поменялся изменить
    изменение изменился изменилась изменились вклад вклада вклады вкладу вкладов депозит депозита накопительный
    накопления открыть открыл открыла открыли открытие открывается открывает открытия банк банка банке банку
    банков банком банки банкомат банкомата банкомате банкоматы банкоматов отделение отделения отделении отделений
    офис офиса офисе филиал ближайший ближайшее график работы режим выходные выходной праздники открыто закрыто
    приложение приложения приложении приложению приложением мобильный мобильное мобильного мобильном телефон
    телефона телефоне телефону телефоном номер номера номеру номером номере сайт сайта сайте кабинет кабинета
    кабинете кабинету личный личного личном личная войти вход входа входит захожу зайти заходит заходить зашел
    зашла залогиниться логин логина пароль пароля пароли паролем забыл забыла забыли восстановить восстановление
    код кода кодом коды смс смску смска эсэмэс сообщение сообщения сообщений уведомление уведомления уведомлений
    пуш пуши подтвердить подтверждение подтверждения подключить подключил подключена подключение отключить
    отключите отключил отключение включить включите выключить настройки настроить обновить обновил обновление
    обновления обновлять установить установил скачать удалить удалил удалите интернет ошибка ошибку ошибки ошибкой
    ошибся ошиблась ошибочно вылетает виснет зависает тормозит грузится загружается глючит блокировка блокировки
    блокировать заблокировать заблокируйте заблокировали заблокирована заблокирован заблокировал заблокировано
    разблокировать разблокируйте разблокировка потерял потеряла потеряли потеряна потерялась утеряна утерял украли
    украл украдена кража мошенник мошенники мошенников мошенничество обманули обман развод подозрительная
    подозрительный подозрительное звонят звонок звонка звонили звонил звоню позвонить позвоните позвонил позвонили
    звонки оператор оператора оператору оператором операторы человек человека человеком живой живого менеджер
    менеджера сотрудник сотрудника специалист специалиста соедините соединить позовите переключите бот бота робот
    робота чат чата чате поддержка поддержки поддержку жалоба жалобу жалобы пожаловаться претензия претензию
    недоволен недовольна кешбэк кэшбэк кэшбек кешбек бонус бонусы бонусов бонусные баллы баллов лимит лимита
    лимиты лимитов лимитом перевыпуск перевыпустить перевыпуска выпуск выпустить выпустили заказать заказал
    заказала заказ получить получил получила получать получение доставка доставки доставку доставят доставили
    курьер курьера курьером почта почты почту почте привезут привезти активировать активация активации срок срока
    сроки сроков действия истек истекает заканчивается закончился закончилась пин пинкод пинкода кодовое слово
    обслуживание обслуживания стоимость стоит стоят цена цены бесплатно бесплатный бесплатная платный тариф тарифа
    тарифы подписка подписку подписки рассылка рассылки рассылку реклама рекламу рекламы спам навязали навязывают
    отписаться отпишите магазин магазина магазине магазинах покупка покупку покупки покупке купил купила купить
    товар товара терминал терминале границей границе граница отпуск поездка поездку турция турцию заграница
    заграницей мама маме мамы папа муж мужа мужу жена жены жене сын сына сыну дочь дочери ребенок ребенка ребенку
    детская детскую друг друга другу брат брату сестре родственник бабушка бабушке пенсия пенсию пенсии зарплата
    зарплату зарплаты аванс пособие пособия алименты налог налоги налога жкх коммуналка коммуналку квартира
    квартиры квартплата свет газ вода связь связи автоплатеж автоплатёж шаблон шаблоны история историю истории
    операция операции операций операцию проблема проблемы проблему проблемой проблем причина причину причине
    причины происходит произошло случилось видимо почемуто никакой никакие никаких нормальный правильно
    неправильно неверный неверно верно точно быстро быстрее медленно сразу немедленно поскорее ждать жду ждал
    ждала ждем ждете ожидание ожидания подождать идет идут идёт шло прошел прошла прошло прошли пройти висит
    обработке обработка нигде никуда никому пропали пропал пропала пропало исчезли исчезла исчез лишние лишнюю
    лишний чужой чужая чужие чужому неизвестно какието получатель получателя получателю отправитель человеку
    другому чужую сбербанк сбер сбера тинькофф тинек альфа альфабанк втб сбп озон юмани киви мир мтс билайн
    мегафон квитанция квитанцию чек чека чеки доверенность наследство умер несовершеннолетний совершеннолетний
    гражданин гражданство вид жительства страна стране город городе москва москве питер россия россии другом
    регион регионе языке русский русском английский ужас ужасно кошмар безобразие достали надоело надоели бесит
    отвратительно обнаглели вообще нафиг блин капец молодцы умница круто классно рад рада доволен довольна помогло
    помогли разобрался разобралась получилось решили решилось решить решите решение меню начало начать сначала
    главное отмена отмени отменить отменил отмените передумал передумала вернись стоп хватит покажи покажите
    показать дай дайте давай давайте дадите дать возьму взять беру брал взял взяла брала оформить оформил оформила
    оформлен оформление оформлю подать подал подала условия условие условиях требования требуется нужные доход
    дохода работаю стаж возраст рейтинг рейтинга бки привязать привязан привязана привязал отвязать добавить
    добавил добавила эпл пей гугл самсунг айфон айфона айфоне андроид андроида эппл вирус взлом взломали взломан
    сессия безопасность безопасно опасно чип магнитная лента стерся сломалась сломался треснула застряла съел
    съела зажевал вернул отдал выдал выдали выдает купюры купюра монеты обмен обменять конвертация перевыпущенная
    старше младше итак кстати поэтому значит кажется вроде типа короче например наверное возможно обязательно
    меняете меняют менять поменяйте жизнь цифр цифры цифра взяли берете берёте говорю говорит говорят говорили
    сказал сказала сказали скажу жить живу живет уехал уехала приехал приехать еду ехать хватает мешает получается
    выходит выйти вышел уйти ушли ушел ушла положено суд суда решению решения новости новостях читал читала
    прочитал слышал слышала люди людей людям весной летом зимой осенью меньше побольше поменьше дальше ближе рядом
    внутри снаружи вместо именно действительно наконец ненужная лишь просит просят попросил попросили требует
    требуют объяснить будьте добры любезны прошлый прошлого прошлом следующий следующего следующем ввел ввела
    ввожу вводить введите нажимаю нажал нажать жму кнопка кнопку выбрать выбираю выбрал экран экране загрузка
    страница страницу страницы ссылка ссылку ссылке файл фото скан подпись подписать подписал прислал присылать
    присылают приходили ходил ездил стоял сидел позвала душа души братан друзья знакомый знакомому собака кошка
    погода погоды фильм музыка музыку игра игры книга школа университет учеба студент пенсионер инвалид ветеран
    военный машина машину автомобиль гараж дом дома дому ремонт стройка земля участок сестра дети детей детям
    семья семьи отец отца мать пять шесть семь восемь девять десять двадцать тридцать сорок пятьдесят сто двести
    триста четыре максимум минимум средний турецкие лиры юань юаня юаней тенге дирхам дирхамы фунты драгоценные
    металлы золото серебро акции облигации инвестиции брокер бюро сбой баг вариант варианты вариантов способ
    способы форма формы пункт пункты служба службы отдел отдела центр руководство директор начальник претензии
    благодарность похвалить отзыв отзывы оценка обращение обращения обращаться обратиться обратилась взнос взносы
    кредитор поручитель поручительство созаемщик заемщик заёмщик залог залога пристав приставы арест ареста
    арестовали банкротство банкрот коллектор коллекторы доверенности нотариус время времени трубку трубка разговор
    разговора бросил бросила
    """.split()  # noqa: SIM905 - a list of a thousand literals is no easier to read
)
"""Russian words, in the forms clients use."""

ENGLISH: Final = frozenset(
    """
    a able about cvc above accept accepted access account accounts across activate active activity actual add
    added address adult after afternoon again against age ago air airport alarm album all allow allowed almost
    alone already also always am american amount an and android another answer any anymore anyone anything anyway
    app appear appears apple application applied apply appointment appreciate april are area around arrive arrived
    as ask asked asking at atm ate august auto automatic available average away baby back bad bag balance ball
    bank banking banks bar base based battery be beach because become bed been before beginning begin being
    believe best better between big bill bills birth birthday bit black blocked blood blue board body bob boil
    book booking born boss both bought box brand break bring british broken brother brown bug build building bus
    business busy but buy by cab cake calendar call called calling calories came can cancel cancelled cannot cant
    car card cards care carry case cash cash-back cat cause cent center certain chance change changed changes
    charge charged charges chat cheap check cheese cheque chicken child children choose city class clean clear
    clock close closed code coffee coin coke cold color come comes coming company complete completed computer
    confirm confirmed connect contact contactless continue control cook cost could couldnt count country couple
    course cover cream create credit crypto cup currencies currency current cut daily dallas damaged dark data
    date day days dead dealt debit december decide decline declined deducted delay delete deliver delivered
    delivery deposit deposited deposits despite details device did didnt die differ different dinner direct
    direction directions disappear disappeared disposable distance do doc does doesnt dog doing dollar dollars
    done dont door double down drink drive driving drop dry due during each earlier early earn easy eat either
    else email empty end english enough enter error euro euros even evening ever every everyone everything exact
    exactly example except exchange expect expire expired expires explain extra eye face fact fail failed failing
    fall family far fast father february fee fees feel feeling few figure file fill find fine finger first five
    fix flight flights fly follow food for foreign forget forgot form forward found four fraud free freeze french
    friday friend friends from front full fun funds funny future game gas gave get gets getting gift girl give
    given glad go god goes going gold gone good google got grand great green ground group guess guy had half hand
    handle happen happened happening happens happy hard has hasnt hate have havent having he head health hear
    heard heart heat heck hello help her here hers hey hi high him his history hit hold holiday home hope hotel
    hour hours house how however hungry hurt husband i id idea identity if im immediately impact important in
    include income incorrect incorrectly info information inside instead insurance interest international into
    invalid invest iphone is isnt issue issued it italy its itself january job joke july jump june just keep key
    kick kid kids kill kind kitchen knew know known language last late later laugh lead learn least leave left
    less let letter level life light like limit limited line link list listen little live living loan local locate
    location lock log login long look looking looks lose lost lot loud love low lunch machine made mail main make
    makes making man many map march mark market married match matter may maybe me meal mean means meat media
    medium meet meeting member merchant message met method might mile miles milk million min mind mine minimum
    minute minutes miss missing mistake mobile mom moment monday money month monthly months moon more morning
    mortgage most mother move movie much multiple music must my myself name near necessary need needed needs never
    new news next nice night no nobody none nor normal not note nothing notice november now number object october
    odd of off offer office often oil ok okay old on once one online only open opened opening option or order
    ordered original other others our out outside over own owner pack page paid pair paper parent park part party
    pass passcode passport password past pay payday paying payment payments pending people per percent person
    personal phone physical pick picture piece pin place plan plane play please plug plus pm point police policy
    poor possible post pound pounds present pretty prevent price print problem problems process processed
    processing product proper protect prove provide public pull purchase purchased purchases put question quick
    quickly quite radio rain ran random rate rates rather reach read ready real really reason receipt receive
    received recent recently recharge recipe record red refund refunded refuse register regular rejected remember
    remind reminder remove rent replace reply report request requested require required reservation reset rest
    restaurant result return returned reverse reverted review rewards right ring road rollover room round routing
    run safe said salary sale same saturday save saved savings saw say saying says schedule school search second
    secure security see seem seems seen sell send sending sent september service set settings setup seven several
    shared she ship shipping shop shopping short should show showing shows shut sick side sign similar simple
    since sing single sir sister sit site six size sleep slow small smart so social sold some someone something
    song soon sorry sort sound source spanish speak special speed spell spelling spend spent split sports spot
    standard start started state statement states stay steal step still stock stole stolen stop store story
    stranger street strong stuck stuff stupid such sugar suggest summer sun sunday support supported supposed sure
    swift switch system take taken takes taking talk tank task tax taxes team tech tell temperature ten test text
    than thank thanks that thats the their them then there theres these they thing things think third this those
    thought three through thru thursday tickets till time timer times timezone tire tires tired to today todo
    together told tomorrow tonight too took top topped topping topup total touch track tracking traffic train
    transaction transactions transfer transferred transfers transferring translate travel tree tried trip trouble
    true trust try trying tuesday turn tv twice two type uber unable unauthorized unblock under understand unknown
    unlock until up update upload us usd use used user using usual usually vacation valid value verification
    verify very via video view virtual visa visible visit voice volume wait waiting wake walk wallet want wanted
    wants was wasnt wash watch water way we weather website wednesday week weekend weeks weight well went were
    what whats when where which while whisper white who whole whom whose why wide wife will window winter wire
    wish with withdraw withdrawal withdrawals withdrawing withdrew within without wont word work worked working
    works world worry would wouldnt write wrong wrote year years yelp yes yesterday yet you your youre yours
    yourself youtube terminate zero zip zone menu unsubscribe subscribe human overdraft loans hiya operator agent
    status shipped
    """.split()  # noqa: SIM905
)
"""English words, in the forms clients use."""

NAMES: Final = frozenset(
    """
    alfa alipay amazon amex android apple aliexpress binance bitcoin booking cashback chrome discord dodo ebay
    ethereum facebook galaxy gmail google huawei icloud instagram ios ipad iphone jusan kaspi kwork lada linux macbook
    maestro mastercard mir mts netflix ozon pay paypal pixel qiwi redmi revolut samsung sber sberbank sberpay sim
    skype sms spotify steam swift telegram tether tiktok tinkoff twitter uber unionpay usdt viber visa vk vtb webmoney
    whatsapp wifi wildberries windows wise xiaomi yandex yoomoney youtube zoom iban bic otp nfc qr pdf url faq atm
    esim usb mcc cvv pin pos vpn api spb sbp push online offline premium gold black platinum infinite junior classic
    light pro max plus mini face touch id kinopoisk avito lamoda megamarket mvno tele2 megafon beeline yota mail inbox
    outlook safari firefox opera honor realme poco
    """.split()  # noqa: SIM905
)
"""Names and abbreviations written in Latin letters in any language; never repaired."""
